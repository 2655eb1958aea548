// A vector of random blocks is what the blocks are one by one.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <stepgpt/core/simd_random.hpp>

using namespace stepgpt;

TEST_CASE("simd random: the words of many blocks, in order") {
    const random_numbers numbers(0x123456789abcdef, stream::dropout, 7);
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{5}, (std::uint64_t{1} << 32) - 3, ~std::uint64_t{0} - 40})
        for (const std::size_t count : {std::size_t{1}, random_blocks, 2 * random_blocks + 1}) {
            CAPTURE(first);
            const std::size_t made = (count + random_blocks - 1) / random_blocks * random_blocks;
            std::vector<std::uint32_t> words(4 * made + 1, 42);
            random_words(numbers, first, count, words.data());
            for (std::size_t i = 0; i < 4 * made; ++i) REQUIRE(words[i] == numbers.block(first + i / 4)[i % 4]);
            CHECK(words.back() == 42);
        }
    random_words(numbers, 0, 0, nullptr);
}
