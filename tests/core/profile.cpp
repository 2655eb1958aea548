#include <doctest/doctest.h>

#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/nn/gpt.hpp>

#include "../allocations.hpp"

using namespace stepgpt;

namespace {
void kernel(std::size_t M, std::size_t N, std::size_t K) {
    const timed here = timed_product<float>("product", M, N, K, 5);
}
void other() { const timed here = timed_pass<double>("pass", 100); }
}  // namespace

TEST_CASE("profile: kernels are added up by name, with their operations and bytes") {
    profile where;
    kernel(1, 1, 1);   // nobody measures
    for (int block = 0; block < 2; ++block) {
        const profiling until_here(&where);
        kernel(2, 3, 4);
        other();
        kernel(2, 3, 4);
    }
    kernel(1, 1, 1);
    REQUIRE(where.lines().size() == 2);
    const profile_line product = where.lines()[0], pass = where.lines()[1];
    CHECK(product.name == std::string("product"));
    CHECK(product.calls == 4);
    CHECK(product.operations == 4 * 2 * 2 * 3 * 4);
    CHECK(product.bytes == 4 * (2 * 4 + 4 * 3 + 2 * 3 + 5) * 4);
    CHECK(pass.calls == 2);
    CHECK(pass.operations == 0);
    CHECK(pass.bytes == 2 * 100 * 8);
    CHECK(where.blocks() == 2);
    CHECK(where.seconds() >= product.seconds + pass.seconds);
}

TEST_CASE("profile: the innermost one measures, and none is asked for by null") {
    profile outer, inner;
    const profiling a(&outer);
    {
        const profiling b(&inner);
        other();
    }
    {
        const profiling c(nullptr);
        other();
    }
    other();
    CHECK(inner.lines()[0].calls == 1);
    CHECK(outer.lines()[0].calls == 1);
}

TEST_CASE("profile: a model's step, kernel by kernel") {
    gpt<float> model({.vocab_size = 11, .block_size = 8, .n_layer = 2, .n_head = 2, .n_embd = 16});
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    token_ids<> ids;
    resize(ids, {3, 8});
    fill(ids, 3);
    profile where;
    {
        const profiling until_here(&where);
        model.loss(ids, ids, cache);
        model.backward(ids, ids, cache, gradients);
    }
    double operations = 0;
    std::size_t forward = 0;
    for (const auto& line : where.lines()) {
        operations += line.operations;
        if (line.name == std::string("attention forward")) forward = line.calls;
    }
    CHECK(forward == 2);
    // three products of 2 M N K for each weight matrix (12 C^2 a block, V C of the head), and 7 halves of attention's
    const double rows = 24, C = 16, T = 8;
    CHECK(operations == doctest::Approx(3 * 2 * rows * (2 * 12 * C * C + 11 * C) + 2 * 7 * rows * C * (T + 1)));
}
