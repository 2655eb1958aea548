// The kinds of numbers in weight files, and the way between them and ours.
//
// Widening (F16, BF16, F32 to float or double) is exact; narrowing rounds to nearest, ties to even, and what is too
// large becomes infinite. Numbers lie in files as they lie in memory here: little-endian.
// Not here: 8-bit and 4-bit floats; files may hold them (they have names and sizes), we do not compute with them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include <stepgpt/core/bf16.hpp>

namespace stepgpt {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian, and read as they are");

enum class dtype : std::uint8_t {
    BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16,
    U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64,
};

namespace detail {
struct dtype_row {
    std::string_view name;
    unsigned bits;
};
inline constexpr std::array<dtype_row, 20> dtype_table{{
    {"BOOL", 8}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8}, {"I8", 8}, {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"I16", 16}, {"U16", 16}, {"F16", 16}, {"BF16", 16}, {"I32", 32}, {"U32", 32}, {"F32", 32},
    {"C64", 64}, {"F64", 64}, {"I64", 64}, {"U64", 64},
}};
}  // namespace detail

constexpr std::string_view name_of(dtype type) { return detail::dtype_table[static_cast<std::size_t>(type)].name; }
constexpr unsigned bits_of(dtype type) { return detail::dtype_table[static_cast<std::size_t>(type)].bits; }

constexpr std::optional<dtype> dtype_named(std::string_view name) {
    for (std::size_t i = 0; i < detail::dtype_table.size(); ++i)
        if (detail::dtype_table[i].name == name) return static_cast<dtype>(i);
    return std::nullopt;
}

template <class T>
constexpr dtype dtype_of() {
    static_assert(std::is_arithmetic_v<T>);
    constexpr bool is_signed = std::is_signed_v<T>;
    if constexpr (std::is_same_v<T, bool>) return dtype::BOOL;
    else if constexpr (std::is_same_v<T, float>) return dtype::F32;
    else if constexpr (std::is_same_v<T, double>) return dtype::F64;
    else if constexpr (sizeof(T) == 1) return is_signed ? dtype::I8 : dtype::U8;
    else if constexpr (sizeof(T) == 2) return is_signed ? dtype::I16 : dtype::U16;
    else if constexpr (sizeof(T) == 4) return is_signed ? dtype::I32 : dtype::U32;
    else return is_signed ? dtype::I64 : dtype::U64;
}

constexpr bool is_real(dtype type) {
    return type == dtype::F16 || type == dtype::BF16 || type == dtype::F32 || type == dtype::F64;
}

// IEEE 754 binary16. Its exponent starts at -14 where a float's starts at -126: a factor of 2^112 puts that right, also
// for numbers below the smallest normal one.
inline float from_half(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000u) << 16, magnitude = half & 0x7fffu;
    if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000u | magnitude << 13);   // infinite, or NaN
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 13) * 0x1p112f));
}

inline std::uint16_t to_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    std::uint32_t half;
    if (magnitude > 0x7f800000u) half = 0x7e00u | (magnitude >> 13 & 0x1ffu);                     // NaN
    else if (magnitude >= 0x47800000u) half = 0x7c00u;                                            // 65536 and above
    else if (magnitude >= 0x38800000u) half = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
    else half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) & 0x7ffu;    // the addition rounds
    return static_cast<std::uint16_t>(sign | half);
}

// bfloat16, as core/bf16.hpp has it.
inline float from_bfloat16(std::uint16_t bits) { return bf16::from_bits(bits); }
inline std::uint16_t to_bfloat16(float value) { return bf16(value).bits; }

namespace detail {
template <class T>
T load(const std::byte* from, std::size_t index) {
    T value;
    std::memcpy(&value, from + index * sizeof(T), sizeof(T));   // bytes of a file may lie anywhere
    return value;
}
template <class T>
void store(T value, std::byte* to, std::size_t index) {
    std::memcpy(to + index * sizeof(T), &value, sizeof(T));
}
}  // namespace detail

// `count` numbers of a real type as ours. `from` may be unaligned.
template <class Real>
void decode(dtype type, const std::byte* from, Real* to, std::size_t count) {
    using detail::load;
    const auto each = [&](auto&& number) {
        for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<Real>(number(i));
    };
    if (type == dtype::F32) each([from](std::size_t i) { return load<float>(from, i); });
    if (type == dtype::F64) each([from](std::size_t i) { return load<double>(from, i); });
    if (type == dtype::F16) each([from](std::size_t i) { return from_half(load<std::uint16_t>(from, i)); });
    if (type == dtype::BF16) each([from](std::size_t i) { return from_bfloat16(load<std::uint16_t>(from, i)); });
}

// The way back. A double on its way to 16 bits is rounded to a float first.
template <class Real>
void encode(dtype type, const Real* from, std::byte* to, std::size_t count) {
    const auto each = [&](auto&& bits) {
        for (std::size_t i = 0; i < count; ++i) detail::store(bits(from[i]), to, i);
    };
    if (type == dtype::F32) each([](Real x) { return static_cast<float>(x); });
    if (type == dtype::F64) each([](Real x) { return static_cast<double>(x); });
    if (type == dtype::F16) each([](Real x) { return to_half(static_cast<float>(x)); });
    if (type == dtype::BF16) each([](Real x) { return to_bfloat16(static_cast<float>(x)); });
}

}  // namespace stepgpt
