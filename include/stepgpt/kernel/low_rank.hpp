// The products of a low-rank addition:  y = x W^T, and the way back. x (rows,in), W (out,in), y (rows,out).
//     dx = dy W,   dW = or += dy^T x
// On cpu and simd they are the unembedding's, which multiplies by a transposed matrix, too. A GPU's are its own
// (kernel/low_rank.cuh), since rows of logits lie apart there.
#pragma once

#include <concepts>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/unembedding.hpp>

namespace stepgpt {

template <class Real, std::derived_from<cpu> Device>
void low_rank_forward(Device, const Real* x, const Real* W, Real* y, std::size_t rows, std::size_t in, std::size_t out) {
    unembedding_forward(Device{}, x, W, y, rows, in, out);
}

template <class Real, std::derived_from<cpu> Device>
void low_rank_backward_input(Device, const Real* dy, const Real* W, Real* dx, std::size_t rows, std::size_t in, std::size_t out) {
    unembedding_backward_input(Device{}, dy, W, dx, rows, in, out);
}

template <class Real, std::derived_from<cpu> Device>
void low_rank_backward_weight(Device, const Real* dy, const Real* x, Real* dW, std::size_t rows, std::size_t in, std::size_t out,
                              into how = into::add) {
    unembedding_backward_weight(Device{}, dy, x, dW, rows, in, out, how);
}

}  // namespace stepgpt
