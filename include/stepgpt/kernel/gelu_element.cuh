// GELU of one number and its slope, as every kernel of a GPU computes them: kernel/gelu.hpp has the formula.
#pragma once

#include <math.h>

#include <stepgpt/cuda/launch.cuh>
#include <stepgpt/kernel/gelu.hpp>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// y = x/2 (1 + tanh u),   u = sqrt(2/pi) (x + 0.044715 x^3)
template <class Sum>
__device__ Sum gelu_element(Sum x) {
    const Sum u = Sum(gelu_scale) * (x + Sum(gelu_cubic) * x * x * x);
    return x / 2 * (1 + tanh(u));
}

// dy/dx = (1 + tanh u)/2 + x/2 (1 - tanh^2 u) du/dx
template <class Sum>
__device__ Sum gelu_slope_element(Sum x) {
    const Sum u = Sum(gelu_scale) * (x + Sum(gelu_cubic) * x * x * x);
    const Sum du = Sum(gelu_scale) * (1 + 3 * Sum(gelu_cubic) * x * x);
    const Sum t = tanh(u);
    return (1 + t) / 2 + x / 2 * (1 - t * t) * du;
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
