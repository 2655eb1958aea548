// bfloat16: the upper half of a float. Its range is a float's, its precision 8 bits: a number is off by at most 1 in 256.
//
// It is a way to keep numbers in half the memory. Arithmetic happens in float: a bf16 becomes one by itself, and nothing
// becomes a bf16 unless asked to. `accumulator<Real>` is the type in which sums over Real are kept, and what must not lose
// precision: means, logarithms of sums, losses, master weights.
#pragma once

#include <bit>
#include <cstdint>

namespace stepgpt {

struct bf16 {
    std::uint16_t bits;

    bf16() = default;
    // To nearest, ties to even; a NaN stays one.
    explicit constexpr bf16(float value) : bits(rounded(std::bit_cast<std::uint32_t>(value))) {}
    constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

    static constexpr bf16 from_bits(std::uint16_t bits) {
        bf16 number(0.0f);
        number.bits = bits;
        return number;
    }

private:
    static constexpr std::uint16_t rounded(std::uint32_t b) {
        if ((b & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(b >> 16 | 0x40u);
        return static_cast<std::uint16_t>((b + 0x7fffu + (b >> 16 & 1u)) >> 16);
    }
};
static_assert(sizeof(bf16) == 2);

// Up or down at random, so that the mean of many roundings is the number itself: steps far smaller than a bf16 can show
// still move a weight, now and then by a whole digit (Croci et al. 2022, "Stochastic rounding"). `noise`: 16 random bits.
constexpr bf16 rounded_at_random(float value, std::uint32_t noise) {
    const auto b = std::bit_cast<std::uint32_t>(value);
    if ((b & 0x7f800000u) == 0x7f800000u) return bf16(value);      // infinite, or NaN
    return bf16::from_bits(static_cast<std::uint16_t>((b + (noise & 0xffffu)) >> 16));
}

namespace detail {
template <class Real> struct accumulator_of { using type = Real; };
template <> struct accumulator_of<bf16> { using type = float; };
}  // namespace detail

template <class Real>
using accumulator = typename detail::accumulator_of<Real>::type;

}  // namespace stepgpt
