#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/random.hpp>

using namespace stepgpt;

TEST_CASE("bf16: what has eight bits is kept, the rest is rounded to nearest, ties to even") {
    for (const float exact : {0.0f, 1.0f, -2.5f, 0.0078125f, 255.0f, 1e30f * 0}) CHECK(float(bf16(exact)) == exact);
    CHECK(float(bf16(1 + 1.0f / 256)) == 1.0f);                 // half way: to the even one, below
    CHECK(float(bf16(1 + 3.0f / 256)) == 1 + 4.0f / 256);       // half way: to the even one, above
    CHECK(float(bf16(1 + 1.01f / 256)) == 1 + 2.0f / 256);
    CHECK(std::isinf(float(bf16(std::numeric_limits<float>::max()))));
    CHECK(std::isnan(float(bf16(std::numeric_limits<float>::quiet_NaN()))));
    CHECK(bf16(1.0f).bits == 0x3f80);
    CHECK(bf16(1.0f) + bf16(2.0f) == 3.0f);                     // arithmetic is a float's
    static_assert(!std::is_convertible_v<float, bf16> && std::is_same_v<accumulator<bf16>, float> &&
                  std::is_same_v<accumulator<double>, double>);
}

TEST_CASE("bf16: rounding at random keeps the mean") {
    const random_numbers draw(1, stream::test);
    const float x = 1 + 0.25f / 128;                            // a quarter of the way to the next one
    const int n = 10'000;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        const float y = rounded_at_random(x, draw.bits(i));
        REQUIRE((y == 1.0f || y == 1 + 1.0f / 128));
        sum += y;
    }
    CHECK(std::abs(sum / n - x) < 4 * std::sqrt(0.25 * 0.75 / n) / 128);   // four standard deviations
    CHECK(float(rounded_at_random(-2.5f, 0xffff)) == -2.5f);
    CHECK(std::isinf(float(rounded_at_random(INFINITY, 0xffff))));
    CHECK(std::isnan(float(rounded_at_random(NAN, 0xffff))));
}
