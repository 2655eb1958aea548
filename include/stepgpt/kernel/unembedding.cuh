// From rows to scores for `cuda` and `cuda_sim`:  logits = x wte^T, and the way back. Shapes:
// kernel/unembedding.hpp; where rows of logits begin: kernel/logits_stride.cuh.
#pragma once

#include <cstddef>

#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/logits_stride.cuh>
#include <stepgpt/kernel/matmul.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
void unembedding_forward(gpu device, const Real* x, const Real* wte, Real* logits, std::size_t rows, std::size_t C,
                         std::size_t V) {
    matmul(device, rows_of(x, C), rows_of(wte, C).transposed(), rows, V, C,
           epilogue<Real, finish::write>{.c = logits, .stride = logits_stride(V)});
}

// dx = dlogits wte
template <class Real>
void unembedding_backward_input(gpu device, const Real* dlogits, const Real* wte, Real* dx, std::size_t rows,
                                std::size_t C, std::size_t V) {
    matmul(device, rows_of(dlogits, logits_stride(V)), rows_of(wte, C), rows, C, V,
           epilogue<Real, finish::write>{.c = dx, .stride = C});
}

// dwte = or += dlogits^T x
template <class Real>
void unembedding_backward_weight(gpu device, const Real* dlogits, const Real* x, Real* dwte, std::size_t rows,
                                 std::size_t C, std::size_t V, into how = into::add) {
    const auto multiply = [&](auto end) {
        matmul(device, rows_of(dlogits, logits_stride(V)).transposed(), rows_of(x, C), V, C, rows, end);
    };
    if (how == into::add) multiply(epilogue<Real, finish::add>{.c = dwte, .stride = C});
    else multiply(epilogue<Real, finish::write>{.c = dwte, .stride = C});
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
