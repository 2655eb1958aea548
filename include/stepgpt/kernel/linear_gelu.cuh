// A linear layer and the GELU behind it for `cuda` and `cuda_sim`, one product each way: kernel/linear_gelu.hpp has the
// shapes.
#pragma once

#include <cstddef>

#include <stepgpt/kernel/matmul.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// pre = x W + b,  post = gelu(pre)
template <class Real>
void linear_gelu_forward(gpu device, const Real* x, const Real* weight, const Real* bias, Real* pre, Real* post,
                         std::size_t rows, std::size_t in, std::size_t out) {
    matmul(device, rows_of(x, in), rows_of(weight, out), rows, out, in,
           epilogue<Real, finish::bias_gelu>{.c = post, .stride = out, .bias = bias, .pre = pre});
}

// dpre = (dy W^T) gelu'(pre)
template <class Real>
void linear_gelu_backward_input(gpu device, const Real* dy, const Real* weight, const Real* pre, Real* dpre,
                                std::size_t rows, std::size_t in, std::size_t out) {
    matmul(device, rows_of(dy, out), rows_of(weight, out).transposed(), rows, in, out,
           epilogue<Real, finish::gelu_slope>{.c = dpre, .stride = in, .pre = const_cast<Real*>(pre)});   // only read
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
