// Many random numbers at once: the same words as random_numbers::block gives, a vector of blocks at a time.
//
// Philox's products are of 32 by 32 bits with all 64 of the result. A vector of 64-bit lanes has an instruction for them that
// reads the lower half of each lane, so what the upper halves hold between two rounds does not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <stepgpt/core/random.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

using wide_words = batch<std::uint64_t>;

// As many blocks are made at once.
inline constexpr std::size_t random_blocks = lanes<std::uint64_t>;

namespace detail {
// Lane i: the product of the lower halves of a[i] and b[i].
inline wide_words product_of_lower_halves(wide_words a, wide_words b) {
#if defined(__AVX512F__)
    return _mm512_mul_epu32(a, b);
#elif defined(__AVX2__)
    return _mm256_mul_epu32(a, b);
#elif defined(__SSE2__) && !defined(__AVX__)
    return _mm_mul_epu32(a, b);
#elif defined(__aarch64__)
    return vmull_u32(vmovn_u64(a), vmovn_u64(b));
#else
    const wide_words lower(0xffffffffu);
    return (a & lower) * (b & lower);
#endif
}
// to[2 i] = a[i], to[2 i + 1] = b[i]
inline void store_in_turn(wide_words a, wide_words b, std::uint64_t* to) {
#if defined(__AVX512F__)
    _mm512_storeu_si512(to, _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), b));
    _mm512_storeu_si512(to + 8, _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), b));
#else
    alignas(64) std::uint64_t lane[2][random_blocks];
    a.store_aligned(lane[0]);
    b.store_aligned(lane[1]);
    for (std::size_t i = 0; i < random_blocks; ++i)
        for (std::size_t half = 0; half < 2; ++half) to[2 * i + half] = lane[half][i];
#endif
}
}  // namespace detail

// words[4 i + k] = word k of block first + i, for i < count, rounded up to a multiple of random_blocks: there must be room.
inline void random_words(const random_numbers& numbers, std::uint64_t first, std::size_t count, std::uint32_t* words) {
    using detail::product_of_lower_halves;
    alignas(64) std::uint64_t pairs[2 * random_blocks];       // of words, the first in the lower half
    for (std::size_t i = 0; i < random_blocks; ++i) pairs[i] = i;
    const wide_words places = wide_words::load_aligned(pairs), lower(0xffffffffu);
    const auto counter = numbers.counter(first);
    for (std::size_t done = 0; done < count; done += random_blocks) {
        const wide_words index = places + wide_words(first + done);
        wide_words w0 = index, w1 = index >> 32, w2(counter[2]), w3(counter[3]);
        auto key = numbers.key();
        for (int round = 0; round < 10; ++round) {
            const wide_words product0 = product_of_lower_halves(w0, wide_words(0xD2511F53));
            const wide_words product1 = product_of_lower_halves(w2, wide_words(0xCD9E8D57));
            w0 = (product1 >> 32) ^ w1 ^ wide_words(key[0]);
            w1 = product1;
            w2 = (product0 >> 32) ^ w3 ^ wide_words(key[1]);
            w3 = product0;
            key = next_philox_key(key);
        }
        detail::store_in_turn((w0 & lower) | (w1 << 32), (w2 & lower) | (w3 << 32), pairs);
        std::memcpy(words + 4 * done, pairs, sizeof pairs);
    }
}

}  // namespace stepgpt
