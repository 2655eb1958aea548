// Gaussian error linear unit, the tanh form of GPT-2 ("gelu_new"):
//     y = x/2 (1 + tanh u),   u = sqrt(2/pi) (x + 0.044715 x^3)          (Hendrycks and Gimpel 2016)
//
// Element by element, n of them.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

inline constexpr double gelu_scale = 0.79788456080286535588;   // sqrt(2/pi)
inline constexpr double gelu_cubic = 0.044715;                 // fitted by Hendrycks and Gimpel

template <class Real>
void gelu_forward(cpu, const Real* x, Real* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const Real cube = static_cast<Real>(gelu_cubic) * x[i] * x[i] * x[i];
        const Real u = static_cast<Real>(gelu_scale) * (x[i] + cube);
        y[i] = x[i] / 2 * (1 + std::tanh(u));
    }
}

// dy/dx = (1 + tanh u)/2 + x/2 (1 - tanh^2 u) du/dx
template <class Real>
void gelu_backward(cpu, const Real* dy, const Real* x, Real* dx, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const Real cube = static_cast<Real>(gelu_cubic) * x[i] * x[i] * x[i];
        const Real u = static_cast<Real>(gelu_scale) * (x[i] + cube);
        const Real du = static_cast<Real>(gelu_scale) * (1 + 3 * static_cast<Real>(gelu_cubic) * x[i] * x[i]);
        const Real t = std::tanh(u);
        const Real slope = (1 + t) / 2 + x[i] / 2 * (1 - t * t) * du;
        dx[i] = dy[i] * slope;
    }
}

}  // namespace stepgpt
