// What the tests of CUDA kernels share: a kernel is run under every schedule of the simulator, and must not notice.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

#include <stepgpt/core/random.hpp>
#include <stepgpt/cuda/launch.cuh>

namespace test {

// Uniform in [-1, 1); `seed` tells inputs apart.
template <class Real = float>
std::vector<Real> device_numbers(std::size_t count, unsigned seed) {
    const stepgpt::random_numbers draw(seed, stepgpt::stream::test);
    std::vector<Real> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<Real>(2 * draw.uniform(i) - 1);
    return x;
}

template <class T>
bool equal_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// compute() returns a vector of results; it is called under each schedule, and its bits must be the same. Returns them.
// (A GPU has schedules of its own: there it is called three times.)
template <class Compute>
auto under_every_schedule(Compute&& compute) {
    const auto expected = compute();
#ifdef __CUDACC__
    for (int again = 0; again < 2; ++again) CHECK_MESSAGE(equal_bits(expected, compute()), "other bits than before");
#else
    for (const auto& schedule : stepgpt::sim::schedules) {
        const stepgpt::sim::scheduled use(schedule);
        CHECK_MESSAGE(equal_bits(expected, compute()), "other bits under the schedule ", schedule.name);
    }
#endif
    return expected;
}

}  // namespace test
