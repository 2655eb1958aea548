// Plots of the tales, second part: boxes, soups, snowmen and noises in the night.
#pragma once

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

inline constexpr plot plots_of_home[] = {
    {"The old box", R"(
        One [sunny] [morning], {hero} found {a colour} box [upstairs].
        {Hero} [quickly] opened the {colour} box and found {a thing}.
        "[Hooray], {a thing}!" [said] {hero} [quickly].
        | The {thing} was [shiny], and {hero} was [happy].
        "I lost that {thing} at {place}," [said] {a beast} [quickly].
        {Hero} was [sad] and [quickly] gave the {thing} to the {beast}.
        "Keep the {colour} box," [said] the [kind] {beast}.
        | The [kind] {beast} [quickly] [thanked] {hero}.
        {Hero} [walked] to {place} with the {colour} box and [quickly] hid it [here].
    )"},

    {"The runaway", R"(
        {Hero} had {a colour} {beast}, and the {beast} was very [kind].
        On [monday], the {colour} {beast} [walked] away [quickly].
        "[Alas], where is my {beast}?" [said] {hero} [quickly].
        | {Hero} was [sad] and [quickly] looked [upstairs].
        {Hero} [walked] to {place} with {number} {fruit}.
        The {colour} {beast} sat [here] at {place} and was [happy].
        The {beast} [quickly] ate the {number} {fruit}.
        | "[Hooray], my {colour} {beast} is back!" [said] {hero}.
        {Hero} and the {beast} [walked] home [quickly].
    )"},

    {"The secret soup", R"(
        On [monday], {hero} cooked [a shiny] soup for the [kind] {folk}.
        {Hero} [quickly] put {number} {fruit} into {a colour} pot.
        [Later], the soup sounded like {a beast}, and {hero} was [sad].
        | "[Alas], there is {a beast} in the soup!" [said] {hero} [quickly].
        The {folk} [quickly] ate the soup and {folk.was} [happy].
        "[Hooray], {number} {fruit}!" [said] the {folk} [quickly].
        | The {folk} [thanked] {hero} for the {number} {fruit}.
        {Hero} [walked] home with the {colour} pot and was [happy].
    )"},

    {"The flowers", R"(
        One [sunny] [morning], the [kind] {beast} gave {hero} {number} {colour} seeds.
        {Hero} [walked] to {place} with the {number} {colour} seeds.
        {He} [quickly] put the {number} seeds into the ground [here].
        | "Please grow, {colour} seeds," [said] {hero} [quickly].
        [Later], there were no flowers, and {hero} was [sad].
        "[Alas], where are my {number} seeds?" [said] {hero} [quickly].
        | "You must sing," [said] the [kind] {beast} [quickly].
        Then it was [sunny], and at {place} there were {number} {colour} flowers.
        {Hero} was [happy] and [quickly] [thanked] the [kind] {beast}.
    )"},

    {"The noise at night", R"(
        One [sunny] evening, {hero} heard {a beast} [upstairs].
        "[Alas], there is {a beast} in the house!" [said] {hero} [quickly].
        | {Hero} was [sad], for the {beast} sang [quickly].
        {Hero} [quickly] took {a colour} {thing} and [walked] away.
        "Come out, {beast}!" [said] {hero} [quickly], and lifted the {thing}.
        Then the [kind] {beast} [walked] by and was [happy].
        | "[Hooray], {a colour} {thing}!" [said] the [kind] {beast} [quickly].
        {Hero} gave the {beast} the {colour} {thing} and {number} {fruit}.
        The [kind] {beast} [quickly] ate the {number} {fruit} and sang.
    )"},

    {"The snowman", R"(
        On [monday], {hero} built [a shiny] snowman at {place}.
        {Hero} [quickly] gave the snowman {a colour} {thing}.
        {He} gave the snowman {number} {fruit}, too, and was [happy].
        | "The {colour} {thing} is [shiny]," [said] {hero} [quickly].
        [Later], it was [sunny], and the snowman was gone.
        {A beast} [walked] by and ate the {number} {fruit} [quickly].
        | Only the {colour} {thing} was at {place}.
        "[Alas], goodbye, my [kind] snowman!" [said] {hero} [quickly].
        {Hero} [quickly] [walked] home with the {colour} {thing} and was [sad].
    )"},

    {"The painting", R"(
        On [monday], {hero} painted the [kind] {folk} at {place}.
        The {folk} [quickly] put on {a thing} and sat down [here].
        {Hero} had only {colour} paint, and the {folk} {folk.was} [sad].
        | "[Alas], my {thing} is not {colour}!" [said] the {folk} [quickly].
        Then {a beast} [quickly] [walked] by and saw the {colour} {thing}.
        "[Hooray], what a [kind] {beast}!" [said] the {beast} [quickly].
        | The {beast} was [happy] and [quickly] took the painting.
        {Hero} [quickly] [thanked] the {beast}, and the {folk} left {place} with the {thing}.
    )"},
};

}  // namespace stepgpt
