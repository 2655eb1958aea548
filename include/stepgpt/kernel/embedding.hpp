// Token and position embedding:  y[b,t,:] = wte[ids[b,t],:] + wpe[t,:]      (GPT-1, Radford et al. 2018: h0 = U We + Wp)
//
// ids (B,T), wte (V,C), wpe (>= T,C) -> y (B,T,C). Not here: range checks of ids; the layer does them once, at the border.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

template <class Real>
void embedding_forward(cpu, const token* ids, const Real* wte, const Real* wpe, Real* y, std::size_t B, std::size_t T,
                       std::size_t C) {
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t t = 0; t < T; ++t) {
            const Real* token_row = wte + static_cast<std::size_t>(ids[b * T + t]) * C;
            const Real* position_row = wpe + t * C;
            Real* y_row = y + (b * T + t) * C;
            for (std::size_t c = 0; c < C; ++c) y_row[c] = token_row[c] + position_row[c];
        }
}

template <class Real>
void embedding_forward(simd, const token* ids, const Real* wte, const Real* wpe, Real* y, std::size_t B, std::size_t T,
                       std::size_t C) {
    const timed here = timed_pass<Real>("embedding forward", 2 * B * T * C);
    parallel_for(B * T, 16, [=](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row)
            each_vector<Real>(0, C, [=, token_row = wte + static_cast<std::size_t>(ids[row]) * C,
                                     position_row = wpe + row % T * C, y_row = y + row * C](std::size_t c, auto at) {
                at.store(y_row + c, at.load(token_row + c) + at.load(position_row + c));
            });
    });
}

// A token that occurs n times receives n gradients: they add up.
template <class Real>
void embedding_backward(cpu, const token* ids, const Real* dy, Real* dwte, Real* dwpe, std::size_t B, std::size_t T,
                        std::size_t C) {
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t t = 0; t < T; ++t) {
            const Real* dy_row = dy + (b * T + t) * C;
            Real* dtoken_row = dwte + static_cast<std::size_t>(ids[b * T + t]) * C;
            Real* dposition_row = dwpe + t * C;
            for (std::size_t c = 0; c < C; ++c) dtoken_row[c] += dy_row[c];
            for (std::size_t c = 0; c < C; ++c) dposition_row[c] += dy_row[c];
        }
}

// Which rows of dwte a thread meets depends on the text, but which columns does not: every thread walks through all tokens
// and adds its own columns, 16 or a multiple. Each sum is in the order of the tokens, as in the plain loop.
template <class Real>
void embedding_backward(simd, const token* ids, const Real* dy, Real* dwte, Real* dwpe, std::size_t B, std::size_t T,
                        std::size_t C) {
    const timed here = timed_pass<Real>("embedding backward", 3 * B * T * C);
    parallel_for(C, 16, [=](std::size_t begin, std::size_t end) {
        for (std::size_t row = 0; row < B * T; ++row)
            each_vector<Real>(begin, end, [=, dy_row = dy + row * C, dposition_row = dwpe + row % T * C,
                                           dtoken_row = dwte + static_cast<std::size_t>(ids[row]) * C](std::size_t c, auto at) {
                const batch<Real> dy_c = at.load(dy_row + c);
                at.store(dtoken_row + c, at.load(dtoken_row + c) + dy_c);
                at.store(dposition_row + c, at.load(dposition_row + c) + dy_c);
            });
    });
}

}  // namespace stepgpt
