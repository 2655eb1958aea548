// Gaussian error linear unit, the tanh form of GPT-2 ("gelu_new"):
//     y = x/2 (1 + tanh u),   u = sqrt(2/pi) (x + 0.044715 x^3)          (Hendrycks and Gimpel 2016)
//
// Element by element, n of them.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>

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

namespace detail {
// (1 + tanh u)/2 = 1 / (1 + exp(-2u)): one exponential instead of a tanh.
template <class Real>
batch<Real> gelu_gate(batch<Real> x) {
    const batch<Real> minus_2u = Real(-2 * gelu_scale) * x * (Real(1) + Real(gelu_cubic) * x * x);
    return Real(1) / (Real(1) + xsimd::exp(minus_2u));
}

template <class Real>
batch<Real> gelu(batch<Real> x) {
    return x * gelu_gate(x);
}

// With the gate g = (1 + tanh u)/2, the derivative is g + x 2 g (1 - g) du/dx.
template <class Real>
batch<Real> gelu_slope(batch<Real> x) {
    const batch<Real> gate = gelu_gate(x);
    const batch<Real> du = Real(gelu_scale) * (Real(1) + Real(3 * gelu_cubic) * x * x);
    return gate + x * Real(2) * gate * (Real(1) - gate) * du;
}
}  // namespace detail

template <class Real>
void gelu_forward(simd, const Real* x, Real* y, std::size_t n) {
    const timed here = timed_pass<Real>("GELU forward", 2 * n);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) { at.store(y + i, detail::gelu<Real>(at.load(x + i))); });
    });
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

template <class Real>
void gelu_backward(simd, const Real* dy, const Real* x, Real* dx, std::size_t n) {
    const timed here = timed_pass<Real>("GELU backward", 3 * n);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) {
            at.store(dx + i, at.load(dy + i) * detail::gelu_slope<Real>(at.load(x + i)));
        });
    });
}

}  // namespace stepgpt
