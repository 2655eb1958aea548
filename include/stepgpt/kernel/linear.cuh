// A linear layer for `cuda` and `cuda_sim`:  y = x W + b, and the way back. Shapes are those of kernel/linear.hpp.
#pragma once

#include <cstddef>

#include <stepgpt/kernel/column_sums.cuh>
#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/matmul.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
void linear_forward(gpu device, const Real* x, const Real* weight, const Real* bias, Real* y, std::size_t rows,
                    std::size_t in, std::size_t out) {
    matmul(device, rows_of(x, in), rows_of(weight, out), rows, out, in,
           epilogue<Real, finish::bias>{.c = y, .stride = out, .bias = bias});
}

// dx = dy W^T
template <class Real>
void linear_backward_input(gpu device, const Real* dy, const Real* weight, Real* dx, std::size_t rows, std::size_t in,
                           std::size_t out) {
    matmul(device, rows_of(dy, out), rows_of(weight, out).transposed(), rows, in, out,
           epilogue<Real, finish::write>{.c = dx, .stride = in});
}

// dW = or += x^T dy,  db = or += sum over rows of dy
template <class Real>
void linear_backward_weight(gpu device, const Real* dy, const Real* x, Real* dweight, Real* dbias, std::size_t rows,
                            std::size_t in, std::size_t out, into how = into::add) {
    const auto multiply = [&](auto end) {
        matmul(device, rows_of(x, in).transposed(), rows_of(dy, out), in, out, rows, end);
    };
    if (how == into::add) multiply(epilogue<Real, finish::add>{.c = dweight, .stride = out});
    else multiply(epilogue<Real, finish::write>{.c = dweight, .stride = out});
    column_sums(device, dy, dbias, rows, out, how);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
