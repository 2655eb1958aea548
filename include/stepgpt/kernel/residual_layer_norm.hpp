// Layer normalisation of a sum, as a block has it twice:  x = a + b,  y = layer_norm(x),  and the way back to the sum:
//     dx = dstream + (what reaches x through the norm)
//
// Shapes are those of kernel/layer_norm.hpp; dstream (rows,C) is the gradient that flows past the norm. On cpu they are two
// kernels, one after the other; simd, and a GPU (kernel/layer_norm.cuh), do each in one pass over memory.
#pragma once

#include <concepts>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
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

template <class Real>
void residual_layer_norm_forward(simd, const Real* a, const Real* b, Real* x, const Real* weight, const Real* bias, Real* y,
                                 Real* mean, Real* rstd, std::size_t rows, std::size_t C) {
    const timed here = timed_pass<Real>("residual + layer norm forward", 4 * rows * C);
    parallel_for(rows, 8, [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            each_vector<Real>(r * C, (r + 1) * C,
                              [=](std::size_t i, auto at) { at.store(x + i, at.load(a + i) + at.load(b + i)); });
            detail::layer_norm_row(x + r * C, weight, bias, y + r * C, mean[r], rstd[r], C);
        }
    });
}

// dnorm is not needed here.
template <class Real>
void residual_layer_norm_backward(simd, const Real* dy, const Real* x, const Real* weight, const Real* mean, const Real* rstd,
                                  const Real* dstream, Real* /*dnorm*/, Real* dx, Real* dweight, Real* dbias, std::size_t rows,
                                  std::size_t C) {
    const timed here = timed_pass<Real>("residual + layer norm backward", 4 * rows * C);
    detail::layer_norm_backward_by_groups(dy, x, weight, mean, rstd, dstream, dx, dweight, dbias, rows, C);
}

}  // namespace stepgpt
