// From the last layer's rows to a score for every token:  logits = x wte^T.
// The matrix is the token embedding's (Press and Wolf 2017, "Using the output embedding"), so it lies [V, C], and there
// is no bias.
//
// x (rows,C), wte (V,C) -> logits (rows,V).
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/kernel/few_rows.hpp>
#include <stepgpt/kernel/matmul.hpp>

namespace stepgpt {

template <class Real>
void unembedding_forward(cpu, const Real* x, const Real* wte, Real* logits, std::size_t rows, std::size_t C, std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* x_row = x + r * C;
        for (std::size_t v = 0; v < V; ++v) {
            const Real* token_row = wte + v * C;
            Real score = 0;
            for (std::size_t c = 0; c < C; ++c) score += x_row[c] * token_row[c];
            logits[r * V + v] = score;
        }
    }
}

template <class Real>
void unembedding_forward(simd, const Real* x, const Real* wte, Real* logits, std::size_t rows, std::size_t C, std::size_t V) {
    const timed here = timed_product<Real>("head forward", rows, V, C);
    if (rows <= detail::few_rows) return detail::few_rows_transposed(x, wte, logits, rows, C, V);
    matmul(simd{}, matrix(x, C), matrix(wte, C).transposed(), logits, V, rows, V, C);
}

// dx = dlogits wte
template <class Real>
void unembedding_backward_input(cpu, const Real* dlogits, const Real* wte, Real* dx, std::size_t rows, std::size_t C,
                                std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r) {
        Real* dx_row = dx + r * C;
        for (std::size_t c = 0; c < C; ++c) dx_row[c] = 0;
        for (std::size_t v = 0; v < V; ++v) {
            const Real* token_row = wte + v * C;
            const Real dscore = dlogits[r * V + v];
            for (std::size_t c = 0; c < C; ++c) dx_row[c] += dscore * token_row[c];
        }
    }
}

template <class Real>
void unembedding_backward_input(simd, const Real* dlogits, const Real* wte, Real* dx, std::size_t rows, std::size_t C,
                                std::size_t V) {
    const timed here = timed_product<Real>("head backward, input", rows, V, C);
    matmul(simd{}, matrix(dlogits, V), matrix(wte, C), dx, C, rows, C, V);
}

// dwte += dlogits^T x, or = with into::write
template <class Real>
void unembedding_backward_weight(cpu, const Real* dlogits, const Real* x, Real* dwte, std::size_t rows, std::size_t C,
                                 std::size_t V, into how = into::add) {
    if (how == into::write) std::fill_n(dwte, V * C, Real(0));
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* x_row = x + r * C;
        for (std::size_t v = 0; v < V; ++v) {
            Real* dtoken_row = dwte + v * C;
            const Real dscore = dlogits[r * V + v];
            for (std::size_t c = 0; c < C; ++c) dtoken_row[c] += dscore * x_row[c];
        }
    }
}

template <class Real>
void unembedding_backward_weight(simd, const Real* dlogits, const Real* x, Real* dwte, std::size_t rows, std::size_t C,
                                 std::size_t V, into how = into::add) {
    const timed here = timed_product<Real>("head backward, weight", rows, V, C);
    matmul(simd{}, matrix(dlogits, V).transposed(), matrix(x, C), dwte, C, V, C, rows, how);
}

}  // namespace stepgpt
