// Layer normalisation of a sum, as a block has it twice:  x = a + b,  y = layer_norm(x),  and the way back to the sum:
//     dx = dstream + (what reaches x through the norm)
//
// Shapes are those of kernel/layer_norm.hpp; dstream (rows,C) is the gradient that flows past the norm. On cpu and simd they
// are two kernels, one after the other; a GPU does each in one pass over memory (kernel/layer_norm.cuh).
#pragma once

#include <concepts>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/kernel/layer_norm.hpp>
#include <stepgpt/kernel/residual.hpp>

namespace stepgpt {

template <class Real, std::derived_from<cpu> Device>
void residual_layer_norm_forward(Device, const Real* a, const Real* b, Real* x, const Real* weight, const Real* bias, Real* y,
                                 Real* mean, Real* rstd, std::size_t rows, std::size_t C) {
    residual_forward(Device{}, a, b, x, rows * C);
    layer_norm_forward(Device{}, x, weight, bias, y, mean, rstd, rows, C);
}

// dx may be dstream; dnorm is a place for what comes through the norm alone, and may be what dx is not.
template <class Real, std::derived_from<cpu> Device>
void residual_layer_norm_backward(Device, const Real* dy, const Real* x, const Real* weight, const Real* mean, const Real* rstd,
                                  const Real* dstream, Real* dnorm, Real* dx, Real* dweight, Real* dbias, std::size_t rows,
                                  std::size_t C) {
    layer_norm_backward(Device{}, dy, x, weight, mean, rstd, dnorm, dweight, dbias, rows, C);
    residual_forward(Device{}, dstream, dnorm, dx, rows * C);
}

}  // namespace stepgpt
