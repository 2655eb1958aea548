#include <stepgpt/train/cost.hpp>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("operations: six for each weight and token, and attention") {
    // L2 C8 T4 V10: the matrices of a block have 12 * 64 weights, the head 80
    const gpt_config c{.vocab_size = 10, .block_size = 4, .n_layer = 2, .n_head = 2, .n_embd = 8};
    CHECK(operations_a_token(c) == 6 * (2 * 12 * 64 + 80) + 2 * 6 * 4 * 8);

    // GPT-2's smallest: 124 million parameters, most of them multiplied once a token
    const gpt_config small{.vocab_size = 50257, .block_size = 1024, .n_layer = 12, .n_head = 12, .n_embd = 768};
    const auto weights = static_cast<double>(parameter_count(small)) - 1024 * 768;      // positions are only added
    CHECK(operations_a_token(small) == doctest::Approx(6 * weights + 12 * 6 * 1024 * 768).epsilon(0.001));
}

TEST_CASE("the time at the limit is the sum of arithmetic and traffic") {
    const gpt_config c{.vocab_size = 10, .block_size = 4, .n_layer = 2, .n_head = 2, .n_embd = 8};
    const machine one{.operations = 1, .bytes = 1e300}, other{.operations = 1e300, .bytes = 1};
    CHECK(seconds_at_limit(c, 16, one) == doctest::Approx(16 * operations_a_token(c)));
    CHECK(seconds_at_limit(c, 16, other) == doctest::Approx(bytes_a_step(c, 16)));
    CHECK(bytes_a_step(c, 0) == 28 * static_cast<double>(parameter_count(c)));
}
