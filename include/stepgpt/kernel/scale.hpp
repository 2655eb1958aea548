// A number times every element:  x *= factor.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

template <class Real>
void scale_in_place(cpu, Real* x, double factor, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) x[i] *= static_cast<Real>(factor);
}

template <class Real>
void scale_in_place(simd, Real* x, double factor, std::size_t n) {
    parallel_for(n, 4096, [=, by = static_cast<Real>(factor)](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) { at.store(x + i, at.load(x + i) * batch<Real>(by)); });
    });
}

}  // namespace stepgpt
