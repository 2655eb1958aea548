#include <stepgpt/core/nearest.hpp>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("the edit distance counts insertions, deletions and replacements") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("n_heads", "n_head") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("sitting", "kitten") == 3);
}

TEST_CASE("the nearest name is found, and none when none is near") {
    const std::vector<std::string> known{"n_layer", "n_head", "n_embd", "vocab_size"};
    CHECK(nearest("n_heads", known) == "n_head");
    CHECK(nearest("n_layers", known) == "n_layer");
    CHECK(nearest("vocabsize", known) == "vocab_size");
    CHECK(nearest("learning_rate", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest(std::string(1'000'000, 'n'), known).empty());
    CHECK(did_you_mean("n_emb", known) == "did you mean 'n_embd'?");
    CHECK(did_you_mean("zzz", known).empty());
}
