// For tests that run on a GPU and in the simulator alike (tests/gpu compiles the same files with nvcc): numbers go to the
// device, a kernel runs, and what comes back is compared with plain loops in double.
#pragma once

#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/kernel/logits_stride.cuh>

namespace test {

// What an issue may ask of a kernel, as ||got - wanted|| / ||wanted||; the numbers that bf16 holds are off by up to 1/256.
template <class Real>
inline constexpr double tolerance = std::same_as<Real, double> ? 1e-12 : std::same_as<Real, float> ? 1e-5 : 1e-2;

template <class T>
stepgpt::device_buffer<T> to_device(const std::vector<T>& x) {
    stepgpt::device_buffer<T> there(x.size());
    stepgpt::to_device(stepgpt::gpu{}, x.data(), there.data(), x.size());
    return there;
}

// Where a kernel is to write: NaN until it does.
template <class T>
stepgpt::device_buffer<T> unwritten(std::size_t n) {
    std::vector<T> nan(n);
    if (n) std::memset(static_cast<void*>(nan.data()), 0xff, n * sizeof(T));
    return to_device(nan);
}

template <class T>
std::vector<T> to_host(const stepgpt::device_buffer<T>& there, std::size_t n) {
    std::vector<T> here(n);
    stepgpt::to_host(stepgpt::gpu{}, there.data(), here.data(), n);
    return here;
}

// Logits (rows,V) there and back: between their rows, which begin logits_stride(V) apart, lies NaN on the way there.
template <class T>
stepgpt::device_buffer<T> logits_to_device(const std::vector<T>& x, std::size_t rows, std::size_t V) {
    std::vector<T> apart(rows * stepgpt::logits_stride(V));
    std::memset(static_cast<void*>(apart.data()), 0xff, apart.size() * sizeof(T));
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(x.data() + r * V, V, apart.data() + r * stepgpt::logits_stride(V));
    return to_device(apart);
}
template <class T>
std::vector<T> logits_to_host(const stepgpt::device_buffer<T>& there, std::size_t rows, std::size_t V) {
    const auto apart = to_host(there, rows * stepgpt::logits_stride(V));
    std::vector<T> here(rows * V);
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(apart.data() + r * stepgpt::logits_stride(V), V, here.data() + r * V);
    return here;
}

template <class T>
std::vector<double> in_double(const std::vector<T>& x) {
    return {x.begin(), x.end()};
}

// A NaN among the results makes this NaN, which no limit admits.
template <class T>
double relative_error(const std::vector<T>& got, const std::vector<double>& wanted) {
    double difference = got.size() == wanted.size() ? 0 : NAN, size = 0;
    for (std::size_t i = 0; i < got.size() && i < wanted.size(); ++i) {
        const double d = static_cast<double>(got[i]) - wanted[i];
        difference += d * d;
        size += wanted[i] * wanted[i];
    }
    return size > 0 ? std::sqrt(difference / size) : std::sqrt(difference);
}

}  // namespace test
