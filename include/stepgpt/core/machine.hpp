// What this machine can do: multiplications and additions a second, and bytes a second from memory. Measured, not looked up.
//
// Both are ceilings. No program here gets above the first; one that streams through more data than the caches hold does
// not get above the second (Williams et al. 2009, "Roofline"). Takes about a quarter of a second and 96 MB for a moment.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

struct machine {
    double operations = 0;   // floats multiplied or added a second, on all threads
    double bytes = 0;        // read or written a second, on all threads, of arrays that no cache holds
};

namespace detail {

// The shortest of several runs: whatever disturbs a run makes it longer.
template <class Work>
double least_seconds(int runs, Work work) {
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < runs; ++i) {
        const auto began = std::chrono::steady_clock::now();
        work();
        least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }
    return least;
}

// 12 chains of x = x * factor + x, which keep two multiply-add units busy at a latency of up to 6 cycles.
inline float multiply_and_add(std::size_t times, float factor) {
    constexpr std::size_t chains = 12;
    batch<float> x[chains];
    for (std::size_t i = 0; i < chains; ++i) x[i] = batch<float>(1.0f + static_cast<float>(i));
    const batch<float> f(factor);
#pragma GCC unroll 1
    for (std::size_t n = 0; n < times; ++n)
#pragma GCC unroll 16
        for (std::size_t i = 0; i < chains; ++i) x[i] = fused_multiply_add(x[i], f, f);
    batch<float> sum(0.0f);
    for (std::size_t i = 0; i < chains; ++i) sum += x[i];
    return sum_of_lanes(sum);
}

}  // namespace detail

// Multiplications and additions a second on as many threads as the next region would use.
inline double measure_operations() {
    constexpr std::size_t times = 20'000;
    const auto blocks = static_cast<std::size_t>(thread_count()) * 16;
    std::vector<float> results(blocks);
    const double seconds = detail::least_seconds(8, [&] {
        parallel_for(blocks, 1, [r = results.data()](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) r[i] = detail::multiply_and_add(times, 0.25f + r[i] * 0);
        });
    });
    return static_cast<double>(blocks * times * 12 * 2 * lanes<float>) / seconds;
}

// Bytes a second of a = b + s c over arrays of 32 MB.
inline double measure_bytes() {
    constexpr std::size_t n = 8'000'000;
    std::vector<float> a(n), b(n, 1.0f), c(n, 2.0f);
    const double seconds = detail::least_seconds(6, [&] {
        parallel_for(n, 4096, [a = a.data(), b = b.data(), c = c.data()](std::size_t begin, std::size_t end) {
            each_vector<float>(begin, end, [=](std::size_t i, auto at) {
                at.store(a + i, fused_multiply_add(batch<float>(0.5f), at.load(c + i), at.load(b + i)));
            });
        });
    });
    return 3 * sizeof(float) * static_cast<double>(n) / seconds;
}

inline machine measure_machine() { return {.operations = measure_operations(), .bytes = measure_bytes()}; }

}  // namespace stepgpt
