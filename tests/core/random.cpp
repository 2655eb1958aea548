// Philox against its authors' vectors, and what follows from numbers that depend on their place only.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include <stepgpt/core/random.hpp>

using stepgpt::philox;
using stepgpt::random_numbers;
using stepgpt::stream;
using block = std::array<std::uint32_t, 4>;

// Random123, tests/kat_vectors: "philox4x32 10". The counter, the key, and what they must become.
TEST_CASE("philox: the published known-answer vectors") {
    static_assert(philox({0, 0, 0, 0}, {0, 0}) == block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
                  block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    // the digits of pi
    static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
                  block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
    CHECK(philox({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
}

TEST_CASE("random: a number depends on seed, stream, step and index, and on nothing else") {
    const random_numbers numbers(7, stream::batch, 3);
    const double tenth = numbers.uniform(10);
    for (std::uint64_t i = 0; i < 10; ++i) numbers.uniform(i);
    CHECK(numbers.uniform(10) == tenth);
    CHECK(random_numbers(7, stream::batch, 3).uniform(10) == tenth);

    CHECK(random_numbers(8, stream::batch, 3).uniform(10) != tenth);
    CHECK(random_numbers(7ull << 32, stream::batch, 3).uniform(10) != tenth);
    CHECK(random_numbers(7, stream::sample, 3).uniform(10) != tenth);
    CHECK(random_numbers(7, stream::batch, 4).uniform(10) != tenth);
    CHECK(numbers.uniform(11) != tenth);
}

TEST_CASE("random: bits are the words of the blocks, in order") {
    const random_numbers numbers(1, stream::test);
    for (std::uint64_t i = 0; i < 12; ++i) CHECK(numbers.bits(i) == numbers.block(i / 4)[i % 4]);
    CHECK(numbers.block(1ull << 32) != numbers.block(0));   // the index has 64 bits
}

TEST_CASE("random: uniform lies in [0, 1) with mean 1/2 and variance 1/12") {
    const random_numbers numbers(2, stream::test);
    constexpr int n = 100'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
        const double u = numbers.uniform(i);
        REQUIRE(u >= 0);
        REQUIRE(u < 1);
        sum += u;
        squares += u * u;
    }
    const double mean = sum / n;
    CHECK(std::abs(mean - 0.5) < 4 * std::sqrt(1.0 / 12 / n));
    CHECK(squares / n - mean * mean == doctest::Approx(1.0 / 12).epsilon(0.02));
}

TEST_CASE("random: normal has the moments of a standard normal") {
    const random_numbers numbers(3, stream::test);
    constexpr int n = 100'000;
    double moment[5] = {};
    int within_one = 0;
    for (int i = 0; i < n; ++i) {
        const double z = numbers.normal(i);
        REQUIRE(std::isfinite(z));
        for (int k = 1; k <= 4; ++k) moment[k] += std::pow(z, k) / n;
        within_one += std::abs(z) < 1;
    }
    CHECK(std::abs(moment[1]) < 4 / std::sqrt(n));
    CHECK(moment[2] == doctest::Approx(1).epsilon(0.02));
    CHECK(std::abs(moment[3]) < 0.05);
    CHECK(moment[4] == doctest::Approx(3).epsilon(0.05));
    CHECK(within_one / double(n) == doctest::Approx(0.6827).epsilon(0.02));
}

TEST_CASE("random: below(6) is a fair die") {
    const random_numbers numbers(4, stream::test);
    constexpr int n = 60'000;
    int count[6] = {};
    for (int i = 0; i < n; ++i) {
        const std::uint64_t face = numbers.below(6, i);
        REQUIRE(face < 6);
        ++count[face];
    }
    double chi_squared = 0;
    for (const int seen : count) chi_squared += (seen - n / 6.0) * (seen - n / 6.0) / (n / 6.0);
    CHECK(chi_squared < 20.5);   // 5 degrees of freedom: exceeded once in 1000
    CHECK(numbers.below(1, 0) == 0);
}

TEST_CASE("random: shuffle gives every order equally often") {
    constexpr int n = 24'000;
    std::map<std::array<int, 4>, int> seen;
    for (int i = 0; i < n; ++i) {
        std::array<int, 4> items{0, 1, 2, 3};
        random_numbers(5, stream::shuffle, i).shuffle(items);
        ++seen[items];
    }
    CHECK(seen.size() == 24);
    double chi_squared = 0;
    for (const auto& [order, count] : seen) chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
    CHECK(chi_squared < 49.7);   // 23 degrees of freedom: exceeded once in 1000

    std::vector<int> none, one{42};
    random_numbers(5, stream::shuffle).shuffle(none);
    random_numbers(5, stream::shuffle).shuffle(one);
    CHECK(one == std::vector<int>{42});
}
