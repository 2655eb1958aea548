#include <stepgpt/core/simd_bf16.hpp>

#include <cstddef>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

constexpr std::size_t n = lanes<float>;

// 0, 1, 2, ...: small whole numbers are exact in bf16, and so are sums of their products in float.
struct numbers {
    alignas(64) float x[2 * n];
    numbers() {
        for (std::size_t i = 0; i < 2 * n; ++i) x[i] = static_cast<float>(i);
    }
};

}  // namespace

TEST_CASE("a pair holds its first number in the lower half") {
    CHECK(pair_of(1, 2) == 0x40003f80u);                                     // bf16 of 1: 3f80, of 2: 4000
    CHECK(pair_of(0, -1) == 0xbf800000u);
}

TEST_CASE("a vector of pairs: of two vectors, or of neighbours in memory") {
    const numbers from;
    alignas(64) bf16_pair apart[n], neighbours[n];
    pairs_of(batch<float>::load_aligned(from.x), batch<float>::load_aligned(from.x + n)).store_aligned(apart);
    pairs_of_neighbours(from.x).store_aligned(neighbours);
    for (std::size_t i = 0; i < n; ++i) {
        CHECK(apart[i] == pair_of(from.x[i], from.x[n + i]));
        CHECK(neighbours[i] == pair_of(from.x[2 * i], from.x[2 * i + 1]));
    }
}

TEST_CASE("pairs round to the nearest number of 8 bits, ties to even") {
    const float between = 1 + 1.0f / 256, above = 1 + 3.0f / 256;            // 1 | 1 + 1/128 | 1 + 2/128
    alignas(64) bf16_pair rounded[n];
    pairs_of(batch<float>(between), batch<float>(above)).store_aligned(rounded);
    CHECK(rounded[0] == pair_of(1, 1 + 2.0f / 128));
}

TEST_CASE("both products of a pair are added to the sum") {
    const numbers from;
    const auto pairs = pairs_of_neighbours(from.x);
    alignas(64) float sums[n];
    add_products(pairs, bf16_pairs(pair_of(3, -2)), batch<float>(0.5f)).store_aligned(sums);
    for (std::size_t i = 0; i < n; ++i)
        CHECK(sums[i] == 3 * from.x[2 * i] - 2 * from.x[2 * i + 1] + 0.5f);   // 3 (2i) - 2 (2i+1) + 0.5
}
