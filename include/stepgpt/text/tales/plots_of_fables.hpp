// Plots of the tales, third part: beasts that talk, queens, kings and dwarfs, who may be it or they.
#pragma once

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

inline constexpr plot plots_of_fables[] = {
    {"The race", R"(
        "I am the fastest," [said] the [kind] {beast} one [sunny] [morning].
        "Race me to {place}," [said] the [kind] {folk} [quickly].
        So the {beast} and the {folk} [quickly] [walked] to {place}.
        The {beast} [quickly] ate {number} {fruit} and slept [here].
        [Later], the {folk} [walked] by and {folk.was} [happy].
        | At {place}, the {folk} [quickly] put on {a colour} {thing}.
        "[Alas], how did you do it?" [said] the {beast} [quickly].
        "I ate no {fruit}," [said] the [kind] {folk}.
        | The {beast} was [sad] and ate no more {fruit}.
    )"},

    {"The hungry thief", R"(
        One [sunny] [morning], the {folk} sat [here] with {number} {fruit}.
        "[Hooray], dance for me, [kind] {folk}!" [said] {a beast} [quickly].
        The {folk} danced [quickly], and the [kind] {beast} took the {number} {fruit}.
        "[Alas], where are my {number} {fruit}?" [said] the {folk} [quickly].
        | The {folk} {was} [sad], and the {beast} [walked] to {place}.
        But at {place} the {fruit} were [shiny], and the {beast} was [sad].
        | "[Alas], these {fruit} are [shiny]!" [said] the {beast} [quickly].
        "Next time, just ask," [said] the [kind] {folk} [quickly].
    )"},

    {"The magic lamp", R"(
        One [sunny] [morning], the {folk} found {a colour} lamp at {place}.
        Then {a beast} [quickly] [walked] out of the {colour} lamp.
        "Give me {number} {fruit}," [said] the {folk} [quickly].
        | The {folk} {was} [happy] and [quickly] wanted {number} {fruit}.
        The [kind] {beast} [quickly] gave {him} {number} {fruit}.
        "Now give me {a thing}," [said] the {folk} [quickly].
        | Then {he} [quickly] wanted {a thing}.
        [Later], the {fruit}, the {thing} and the {beast} were gone.
        The {folk} left {place} with the {colour} lamp and {was} [sad].
    )"},

    {"The bridge", R"(
        The [kind] {beast} sat [here] near {place} and was [sad].
        On [monday], the {folk} [walked] by with {a colour} {thing}.
        "Give me the {colour} {thing}," [said] the {beast} [quickly].
        | The {beast} [quickly] took the {colour} {thing} and was [happy].
        The {folk} {folk.was} [sad] and [quickly] gave {beast.him} {fruit}.
        "[Hooray], {fruit}!" [said] the {beast} [quickly].
        | The {beast} ate the {fruit} and [thanked] the [kind] {folk}.
        So the {folk} [walked] to {place} with the {colour} {thing}.
    )"},

    {"The feast", R"(
        On [monday], the {folk} wanted {a colour} {thing} for the feast.
        "I sell {a colour} {thing}," [said] {a beast} [quickly].
        "Bring me {number} {fruit} from {place}," [said] the [kind] {beast}.
        So the {folk} [walked] to {place} and [quickly] found {number} {fruit}.
        The {beast} ate the {number} {fruit} [quickly] and was [happy].
        | "[Hooray], {number} {fruit}!" [said] the [kind] {beast}.
        The {folk} danced [quickly] with the {colour} {thing} and {was} [happy].
        | The [kind] {folk} [quickly] [thanked] the {beast}.
    )"},

    {"The thief in the night", R"(
        One [sunny] evening, {a beast} stole {a colour} {thing} from the {folk}.
        "[Alas], where is my {colour} {thing}?" [said] the {folk} [quickly].
        | The {folk} {folk.was} [sad] and [quickly] looked [here].
        So {hero} [walked] to {place} and met the [kind] {beast}.
        "It is so [shiny]," [said] the {beast} [quickly].
        | The {beast} had the {colour} {thing} and was [happy].
        {Hero} [quickly] gave the {beast} {number} {fruit}.
        {Hero} [walked] from {place} to the {folk} with the {colour} {thing}.
        The [kind] {folk} {folk.was} [happy] and [thanked] {hero}.
    )"},
};

}  // namespace stepgpt
