// The residual stream:  y = a + b.  Backward hands the same dy to both, so there is no kernel for it.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

// y may be a or b.
template <class Real>
void residual_forward(cpu, const Real* a, const Real* b, Real* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

}  // namespace stepgpt
