// Vectors of pairs of bf16, and the one thing done with them: two products a lane, added up in float.
//
//     sum[i] + a.first[i] b.first[i] + a.second[i] b.second[i]
//
// A pair is a 32-bit word with the first number in its lower half. Processors with AVX512_BF16 do this in one instruction
// (vdpbf16ps), twice the products of a float one. On all others float's instructions do the same: nothing is saved, but
// anybody can see what bf16 does to a model.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

using bf16_pair = std::uint32_t;
using bf16_pairs = batch<bf16_pair>;   // as many as a vector has floats

constexpr bf16_pair pair_of(float first, float second) {
    return bf16_pair{bf16(first).bits} | bf16_pair{bf16(second).bits} << 16;
}

#if defined(__AVX512BF16__) && defined(__AVX512BW__)

inline constexpr bool has_bf16_products = true;

// Lane i: first[i] and second[i], rounded to nearest. Numbers below 1.2e-38 become 0.
inline bf16_pairs pairs_of(batch<float> first, batch<float> second) {
    alignas(64) static constexpr std::uint16_t one_of_each[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                                  8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_permutexvar_epi16(_mm512_load_si512(one_of_each), (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

// Lane i: x[2 i] and x[2 i + 1], rounded likewise.
inline bf16_pairs pairs_of_neighbours(const float* x) {
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x));
}

inline batch<float> add_products(bf16_pairs a, bf16_pairs b, batch<float> sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)(__m512i)a, (__m512bh)(__m512i)b);
}

#else

inline constexpr bool has_bf16_products = false;

inline bf16_pairs pairs_of(batch<float> first, batch<float> second) {
    alignas(64) float a[lanes<float>], b[lanes<float>];
    alignas(64) bf16_pair pairs[lanes<float>];
    first.store_aligned(a);
    second.store_aligned(b);
    for (std::size_t i = 0; i < lanes<float>; ++i) pairs[i] = pair_of(a[i], b[i]);
    return bf16_pairs::load_aligned(pairs);
}

inline bf16_pairs pairs_of_neighbours(const float* x) {
    alignas(64) bf16_pair pairs[lanes<float>];
    for (std::size_t i = 0; i < lanes<float>; ++i) pairs[i] = pair_of(x[2 * i], x[2 * i + 1]);
    return bf16_pairs::load_aligned(pairs);
}

inline batch<float> add_products(bf16_pairs a, bf16_pairs b, batch<float> sum) {
    const auto first = [](bf16_pairs x) { return std::bit_cast<batch<float>>(x << 16); };
    const auto second = [](bf16_pairs x) { return std::bit_cast<batch<float>>(x & bf16_pairs(0xffff0000u)); };
    return fused_multiply_add(second(a), second(b), fused_multiply_add(first(a), first(b), sum));
}

#endif

}  // namespace stepgpt
