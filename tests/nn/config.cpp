// The sizes of a model: what is refused, and how many weights they make.
#include <doctest/doctest.h>

#include <cmath>

#include <stepgpt/nn/config.hpp>

using stepgpt::check, stepgpt::error, stepgpt::gpt_config, stepgpt::parameter_count;

TEST_CASE("config: the parameter counts that others have published") {
    // GPT-2 small (llm.c prints it), nanoGPT's CPU configuration and its "baby GPT", both with biases
    CHECK(parameter_count({.vocab_size = 50257, .block_size = 1024, .n_layer = 12, .n_head = 12, .n_embd = 768}) ==
          124'439'808);
    CHECK(parameter_count({.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128}) == 809'856);
    CHECK(parameter_count({.vocab_size = 65, .block_size = 256, .n_layer = 6, .n_head = 6, .n_embd = 384}) ==
          10'770'816);
}

TEST_CASE("config: sizes no model can have are refused, with what would do") {
    const auto with = [](auto&& change) {
        gpt_config config{.vocab_size = 65};
        change(config);
        return config;
    };
    CHECK_NOTHROW(check(with([](auto&) {})));
    CHECK_THROWS_WITH_AS(check({}), "model configuration, 'vocab_size': found 0, wanted 1 to 10000000", error);
    CHECK_THROWS_WITH_AS(check(with([](auto& c) { c.n_layer = 0; })), doctest::Contains("'n_layer': found 0"), error);
    CHECK_THROWS_WITH_AS(check(with([](auto& c) { c.n_head = 0; })), doctest::Contains("'n_head': found 0"), error);
    CHECK_THROWS_WITH_AS(check(with([](auto& c) { c.block_size = -5; })), doctest::Contains("'block_size': found -5"),
                         error);
    CHECK_THROWS_WITH_AS(check(with([](auto& c) { c.n_embd = 100'001; })),
                         doctest::Contains("found 100001, wanted 1 to 100000"), error);
    CHECK_THROWS_WITH_AS(
        check(with([](auto& c) { c.n_embd = 130; })),
        doctest::Contains("found 130 channels for 4 heads, wanted a multiple of n_head\n  -> try n_embd 132"), error);
    for (const double share : {-0.1, 1.0, double(NAN)})
        CHECK_THROWS_WITH_AS(check(with([&](auto& c) { c.dropout = share; })), doctest::Contains("0 <= dropout < 1"),
                             error);
}
