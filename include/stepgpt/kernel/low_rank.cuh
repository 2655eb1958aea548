// The products of a low-rank addition for `cuda` and `cuda_sim`: kernel/low_rank.hpp has the shapes. Rows follow each other.
#pragma once

#include <cstddef>

#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/matmul.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
void low_rank_forward(gpu device, const Real* x, const Real* W, Real* y, std::size_t rows, std::size_t in, std::size_t out) {
    matmul(device, rows_of(x, in), rows_of(W, in).transposed(), rows, out, in,
           epilogue<Real, finish::write>{.c = y, .stride = out});
}

template <class Real>
void low_rank_backward_input(gpu device, const Real* dy, const Real* W, Real* dx, std::size_t rows, std::size_t in,
                             std::size_t out) {
    matmul(device, rows_of(dy, out), rows_of(W, in), rows, in, out, epilogue<Real, finish::write>{.c = dx, .stride = in});
}

template <class Real>
void low_rank_backward_weight(gpu device, const Real* dy, const Real* x, Real* dW, std::size_t rows, std::size_t in,
                              std::size_t out, into how = into::add) {
    const auto multiply = [&](auto end) { matmul(device, rows_of(dy, out).transposed(), rows_of(x, in), out, in, rows, end); };
    if (how == into::add) multiply(epilogue<Real, finish::add>{.c = dW, .stride = in});
    else multiply(epilogue<Real, finish::write>{.c = dW, .stride = in});
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
