#include <stepgpt/format/dtype.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

using namespace stepgpt;

TEST_CASE("each kind of number has a name and a size") {
    CHECK(name_of(dtype::BF16) == "BF16");
    CHECK(bits_of(dtype::F6_E3M2) == 6);
    for (std::size_t i = 0; i < 20; ++i) CHECK(dtype_named(name_of(static_cast<dtype>(i))) == static_cast<dtype>(i));
    CHECK(!dtype_named("float32"));
    CHECK(!dtype_named(""));
    CHECK(bits_of(dtype_of<double>()) == 64);
    CHECK(dtype_of<long long>() == dtype::I64);
    CHECK(dtype_of<unsigned short>() == dtype::U16);
}

TEST_CASE("16-bit floats have the values of their definitions") {
    CHECK(from_half(0x3c00) == 1.0f);
    CHECK(from_half(0xc000) == -2.0f);
    CHECK(from_half(0x7bff) == 65504.0f);
    CHECK(from_half(0x0001) == 0x1p-24f);
    CHECK(from_half(0x0400) == 0x1p-14f);
    CHECK(std::isinf(from_half(0xfc00)));
    CHECK(to_half(65519.0f) == 0x7bff);
    CHECK(to_half(65520.0f) == 0x7c00);          // half-way to what would be 65536
    CHECK(to_half(1e-8f) == 0);
    CHECK(to_half(-0.0f) == 0x8000);
    CHECK(from_bfloat16(0x3f80) == 1.0f);
    CHECK(to_bfloat16(3.0e38f) == 0x7f62);
    CHECK(to_bfloat16(std::numeric_limits<float>::max()) == 0x7f80);
}

// Every 16-bit pattern comes back; between neighbours rounding goes to the nearer, from the middle to the even one.
template <class From, class To>
void check_every_pattern(From&& from, To&& to, std::uint16_t infinity) {
    int wrong = 0;
    for (std::uint32_t sign : {0u, 0x8000u})
        for (std::uint32_t low = 0; low < infinity; ++low) {
            const auto bits = static_cast<std::uint16_t>(sign | low), next = static_cast<std::uint16_t>(bits + 1);
            const float value = from(bits);
            wrong += to(value) != bits;
            if (low + 1 == infinity) continue;
            const auto middle = static_cast<float>((double{value} + double{from(next)}) / 2);
            const auto even = bits % 2 == 0 ? bits : next;
            wrong += to(middle) != even;
            wrong += to(std::nextafter(middle, value)) != bits;
            wrong += to(std::nextafter(middle, from(next))) != next;
        }
    CHECK(wrong == 0);
    CHECK(to(std::numeric_limits<float>::infinity()) == infinity);
    CHECK(from(infinity) == std::numeric_limits<float>::infinity());
    for (std::uint32_t low = infinity + 1u; low < 0x8000; ++low) {
        const float value = from(static_cast<std::uint16_t>(low));
        wrong += !std::isnan(value) || !std::isnan(from(to(value)));
    }
    CHECK(wrong == 0);
}

TEST_CASE("every half and every bfloat16 comes back, and rounding is to nearest, ties to even") {
    check_every_pattern(from_half, to_half, 0x7c00);
    check_every_pattern(from_bfloat16, to_bfloat16, 0x7f80);
    CHECK(std::isnan(from_half(to_half(std::bit_cast<float>(0x7f800001u)))));      // a payload that does not fit
    CHECK(std::isnan(from_bfloat16(to_bfloat16(std::bit_cast<float>(0x7f800001u)))));
}

TEST_CASE_TEMPLATE("numbers go out and come back", Real, float, double) {
    const std::vector<Real> numbers{0, 1, -2.5, Real(0.1), 65504};
    for (const auto type : {dtype::F64, dtype::F32, dtype::F16, dtype::BF16}) {
        std::vector<std::byte> bytes(1 + numbers.size() * bits_of(type) / 8);
        std::vector<Real> back(numbers.size());
        encode(type, numbers.data(), bytes.data() + 1, numbers.size());            // unaligned on purpose
        decode(type, bytes.data() + 1, back.data(), back.size());
        const std::map<dtype, double> half_ulp{
            {dtype::F64, 0}, {dtype::F32, 0x1p-24}, {dtype::F16, 0x1p-11}, {dtype::BF16, 0x1p-8}};
        for (std::size_t i = 0; i < back.size(); ++i)
            CHECK(std::abs(back[i] - numbers[i]) <= half_ulp.at(type) * std::abs(numbers[i]));
    }
}
