// The residual stream:  y = a + b.  Backward hands the same dy to both, so there is no kernel for it.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

// y may be a or b.
template <class Real>
void residual_forward(cpu, const Real* a, const Real* b, Real* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

template <class Real>
void residual_forward(simd, const Real* a, const Real* b, Real* y, std::size_t n) {
    const timed here = timed_pass<Real>("residual", 3 * n);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) { at.store(y + i, at.load(a + i) + at.load(b + i)); });
    });
}

}  // namespace stepgpt
