// Token and position embedding:  y[b,t,:] = wte[ids[b,t],:] + wpe[t,:]      (GPT-1, Radford et al. 2018: h0 = U We + Wp)
//
// ids (B,T), wte (V,C), wpe (>= T,C) -> y (B,T,C). Not here: range checks of ids; the layer does them once, at the border.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>
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

}  // namespace stepgpt
