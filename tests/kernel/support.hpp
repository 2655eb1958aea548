// What the tests of kernels share: seeded inputs, three comparisons, and two questions put to an overload set.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/random.hpp>

namespace test {

// Uniform in [-1, 1), the same in float and double; `seed` tells inputs apart.
template <class Real>
std::vector<Real> numbers(std::size_t count, unsigned seed) {
    const stepgpt::random_numbers draw(seed, stepgpt::stream::test);
    std::vector<Real> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<Real>(static_cast<float>(2 * draw.uniform(i) - 1));
    return x;
}

template <class Real>
std::vector<Real> nans(std::size_t count) {
    return std::vector<Real>(count, std::numeric_limits<Real>::quiet_NaN());
}

// Largest |a - b|; infinite if one of them is not a number where the other is.
template <class Real>
double distance(const std::vector<Real>& a, const std::vector<Real>& b) {
    double largest = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(d <= largest)) largest = std::isnan(d) ? INFINITY : d;
    }
    return largest;
}

template <class Real>
bool same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0);
}

// The unit roundoff: half the distance from 1 to the next number.
template <class Real>
inline constexpr double roundoff = static_cast<double>(std::numeric_limits<Real>::epsilon()) / 2;

// Runs compute(), which returns a vector of results, on 1, 2, 3 and 4 threads: the bits must be the same. Returns them.
template <class Compute>
auto on_any_threads(Compute&& compute) {
    const int before = stepgpt::thread_count();
    stepgpt::set_thread_count(1);
    const auto expected = compute();
    for (const int threads : {2, 3, 4}) {
        stepgpt::set_thread_count(threads);
        CHECK_MESSAGE(same_bits(expected, compute()), "other bits on ", threads, " threads than on 1");
    }
    stepgpt::set_thread_count(before);
    return expected;
}

// Becomes a `simd` and nothing else, above all not a `cpu`: requires { gelu_forward(simd_only{}, x, y, n); } holds only if
// there is an overload for simd. Without one a call with simd{} would quietly run the plain loop.
struct simd_only {
    template <class Device>
        requires std::same_as<Device, stepgpt::simd>
    operator Device() const {
        return {};
    }
};

}  // namespace test
