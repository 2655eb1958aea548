// The few functions that hide the differences between versions of xsimd, lane by lane against plain arithmetic.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <stepgpt/core/simd.hpp>

using stepgpt::batch;
using stepgpt::lanes;

namespace {
template <class Real, class Value>
batch<Real> batch_of(Value&& value) {
    alignas(64) Real lane[lanes<Real>];
    for (std::size_t i = 0; i < lanes<Real>; ++i) lane[i] = value(i);
    return batch<Real>::load_aligned(lane);
}

template <class Real>
struct stored {
    alignas(64) Real lane[lanes<Real>];
    explicit stored(batch<Real> x) { x.store_aligned(lane); }
};
}  // namespace

TEST_CASE_TEMPLATE("simd: lanes are a power of two, twice as many floats as doubles", Real, float, double) {
    CHECK(lanes<Real> >= 2);
    CHECK((lanes<Real> & (lanes<Real> - 1)) == 0);
    CHECK(lanes<Real> * sizeof(Real) == lanes<float> * sizeof(float));
}

TEST_CASE_TEMPLATE("sum_of_lanes: all lanes, halves first", Real, float, double) {
    CHECK(stepgpt::sum_of_lanes(batch<Real>(Real(1))) == Real(lanes<Real>));
    CHECK(stepgpt::sum_of_lanes(batch_of<Real>([](std::size_t i) { return Real(i); })) ==
          Real(lanes<Real> * (lanes<Real> - 1) / 2));

    // lane i is added to lane i + lanes/2 first, so each pair cancels exactly; from left to right the small ones are lost
    const auto paired = [](std::size_t i) {
        const std::size_t half = lanes<Real> / 2;
        return i < half ? Real(i + 1) * Real(1e30) : -Real(i - half + 1) * Real(1e30);
    };
    CHECK(stepgpt::sum_of_lanes(batch_of<Real>(paired)) == 0);
}

TEST_CASE_TEMPLATE("max_of_lanes: wherever it is", Real, float, double) {
    for (std::size_t top = 0; top < lanes<Real>; ++top)
        CHECK(stepgpt::max_of_lanes(batch_of<Real>([=](std::size_t i) { return i == top ? Real(-1) : Real(-2); })) == -1);
}

TEST_CASE_TEMPLATE("fused_multiply_add: a b + c", Real, float, double) {
    const auto a = [](std::size_t i) { return Real(i) + Real(0.5); };
    const stored<Real> y(stepgpt::fused_multiply_add(batch_of<Real>(a), batch<Real>(Real(3)), batch<Real>(Real(-1))));
    for (std::size_t i = 0; i < lanes<Real>; ++i) CHECK(y.lane[i] == a(i) * 3 - 1);
}

#if defined(__FMA__) || defined(__AVX512F__)
TEST_CASE_TEMPLATE("fused_multiply_add: rounded once, where the processor can", Real, float, double) {
    const Real a = 1 + std::ldexp(Real(1), sizeof(Real) == 4 ? -13 : -30);   // a^2 needs more bits than Real has
    const Real rounded = a * a;
    const stored<Real> y(stepgpt::fused_multiply_add(batch<Real>(a), batch<Real>(a), batch<Real>(-rounded)));
    for (const Real lane : y.lane) CHECK(lane == std::fma(a, a, -rounded));
    CHECK(y.lane[0] != 0);
}
#endif

TEST_CASE_TEMPLATE("exp and tanh are close to the C library's", Real, float, double) {
    const Real tolerance = sizeof(Real) == 4 ? Real(4e-7) : Real(1e-15);
    for (Real x = -20; x <= 20; x += Real(0.37)) {
        const stored<Real> e(exp(batch<Real>(x))), t(tanh(batch<Real>(x)));
        CHECK(std::abs(e.lane[0] - std::exp(x)) <= tolerance * std::exp(x));
        CHECK(std::abs(t.lane[0] - std::tanh(x)) <= tolerance);
    }
}
