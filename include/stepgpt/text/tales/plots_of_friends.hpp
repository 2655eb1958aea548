// Plots of the tales, first part: children, their things and their friends.
//
// notation.hpp says how a plot is written; words.hpp has the words. A student's plot is ten lines: add it to a row.
#pragma once

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

inline constexpr plot plots_of_friends[] = {
    {"The lost thing", R"(
        One [sunny] [morning], {hero} [walked] to {place} with {a colour} {thing}.
        [Later], the {colour} {thing} was gone, and {hero} was [sad].
        "[Alas], where is my {colour} {thing}?" [said] {hero} [quickly].
        | {Hero} [quickly] looked [here], but the {colour} {thing} was not there.
        Then {a beast} [walked] by with the {colour} {thing}.
        | "I found {a colour} {thing}," [said] {a beast} [quickly].
        {Hero} was [happy] and [quickly] [thanked] the [kind] {beast}.
        {Hero} and the {beast} left {place} with the {colour} {thing}.
    )"},

    {"The birthday present", R"(
        On [monday], {hero} bought {a colour} {thing} at {place} for {friend}.
        {Hero} [quickly] hid the {colour} {thing} [upstairs] and was [happy].
        "Is it {a beast}?" [said] {friend} [quickly].
        "No, it is [shiny]," [said] {hero}, "and it is no {beast}."
        {Friend} [quickly] found the {colour} {thing}.
        "[Hooray], {a colour} {thing}!" [said] {friend} [quickly].
        | {Friend} was [happy] and [thanked] {hero} [quickly].
        {Hero} and {friend} [walked] to {place} with the {colour} {thing}.
    )"},

    {"The wrong bag", R"(
        {Hero} had {a colour} bag, and there was [a shiny] {thing} in it.
        The [kind] {beast} had {a colour2} bag, and there were {fruit} in it.
        [Later], {hero} took the {colour2} bag and [walked] away.
        "[Alas], where is my {thing}?" [said] {hero} [quickly].
        | {Hero} found {fruit} and was [sad].
        The {beast} was [sad], for nobody can eat {a thing}.
        So {hero} [walked] to {place} with the {fruit}.
        At {place}, the {beast} ate the {fruit}, and {hero} took the {thing}.
    )"},

    {"The letter", R"(
        One [sunny] [morning], {hero} [walked] by and found [a shiny] letter [here].
        "Walk {number} steps from {place}," said the [shiny] letter.
        {Hero} [walked] to {place} and [quickly] counted {number} steps.
        There {he} [quickly] found {a colour} {thing} and was [happy].
        | There was {a colour} {thing}, and it was [shiny].
        "[Hooray], {a colour} {thing}!" [said] {hero} [quickly].
        | "What {a colour} {thing}!" [said] {a beast} [quickly].
        {Hero} left {place} with the {colour} {thing} and hid it [upstairs].
    )"},

    {"The singer", R"(
        On [monday], {hero} [walked] to {place} and sang [quickly].
        {Hero} sounded like {a beast} and was [sad].
        "[Alas], is there {a beast} [here]?" [said] the [kind] {folk} [quickly].
        | The [kind] {folk} [quickly] looked [here], but there was no {beast}.
        So {hero} put on {a colour} {thing} and sang [quickly].
        "[Hooray], that is no {beast}!" [said] the {folk}.
        | The {folk} {folk.was} [happy] and [thanked] {hero}.
        {Hero} left {place} in the {colour} {thing} and sang [quickly].
    )"},

    {"The good stranger", R"(
        One [sunny] [morning], {hero} [walked] to {place} and fell over {a colour} {thing}.
        "[Alas], this {colour} {thing} is [shiny]!" [said] {hero} [quickly].
        | {Hero} [quickly] sat down [here] and was [sad].
        Then a [kind] stranger called {friend} [walked] by.
        {Friend} [quickly] gave {hero} {number} {fruit}.
        {Hero} ate the {number} {fruit} and [thanked] {friend}.
        | "[Hooray], {number} {fruit}!" [said] {hero} [quickly].
        {Hero} and {friend} left {place} with the {colour} {thing}.
    )"},
};

}  // namespace stepgpt
