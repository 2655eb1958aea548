// Causal self-attention, all heads (Vaswani et al. 2017, "Attention is all you need", equation 1):
//     z[t] = sum over s <= t of att[t,s] v[s],   att[t,:] = softmax(q[t] . k[s] / sqrt(D), s <= t)
//
// qkv (B,T,3C): the columns are q, k, v, in each of them head h owns columns h D .. (h+1) D, D = C/H.  ->  z (B,T,C)
// att is what forward keeps for backward; attention_memory says how many numbers a query keeps:
//     cpu   T: the probabilities themselves, (B,H,T,T), zero above the diagonal
//     simd  1: the logarithm of each row's sum, (B,H,T,1), from which probabilities are computed again
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/kernel/attention_blocked.hpp>   // the same for simd
#include <stepgpt/kernel/dropout.hpp>

namespace stepgpt {

inline std::size_t attention_memory(cpu, std::size_t T) { return T; }

template <class Real>
void attention_forward(cpu, const Real* qkv, Real* z, Real* att, const dropout_mask& mask, std::size_t B, std::size_t T,
                       std::size_t C, std::size_t H) {
    const std::size_t D = C / H;
    const Real scale = 1 / std::sqrt(static_cast<Real>(D));
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t h = 0; h < H; ++h)
            for (std::size_t t = 0; t < T; ++t) {
                const Real* q = qkv + (b * T + t) * 3 * C + h * D;
                const Real* k = qkv + b * T * 3 * C + C + h * D;       // row s is at k + s 3C
                const Real* v = qkv + b * T * 3 * C + 2 * C + h * D;
                Real* att_row = att + ((b * H + h) * T + t) * T;
                Real* z_row = z + (b * T + t) * C + h * D;

                Real largest = -INFINITY;
                for (std::size_t s = 0; s <= t; ++s) {
                    Real dot = 0;
                    for (std::size_t d = 0; d < D; ++d) dot += q[d] * k[s * 3 * C + d];
                    att_row[s] = dot * scale;
                    largest = std::max(largest, att_row[s]);
                }

                Real sum = 0;
                for (std::size_t s = 0; s <= t; ++s) {
                    att_row[s] = std::exp(att_row[s] - largest);       // at most 1: no overflow
                    sum += att_row[s];
                }
                for (std::size_t s = 0; s <= t; ++s) att_row[s] /= sum;
                for (std::size_t s = t + 1; s < T; ++s) att_row[s] = 0;  // the future

                for (std::size_t d = 0; d < D; ++d) z_row[d] = 0;
                for (std::size_t s = 0; s <= t; ++s) {
                    const Real kept = mask.active() ? mask.factor<Real>(((b * H + h) * T + t) * T + s) : Real(1);
                    for (std::size_t d = 0; d < D; ++d) z_row[d] += att_row[s] * kept * v[s * 3 * C + d];
                }
            }
}

// datt = dz v^T (through the mask);  dscores = att (datt - sum(att datt))   [softmax];  dq = dscores k / sqrt(D), and so on.
// dqkv is written, not added to. z is forward's result; the plain loops do not need it (sum(att datt) equals dz . z).
template <class Real>
void attention_backward(cpu, const Real* dz, const Real* qkv, const Real* /*z*/, const Real* att, Real* dqkv,
                        const dropout_mask& mask, std::size_t B, std::size_t T, std::size_t C, std::size_t H) {
    const std::size_t D = C / H;
    const Real scale = 1 / std::sqrt(static_cast<Real>(D));
    std::fill(dqkv, dqkv + B * T * 3 * C, Real(0));
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t h = 0; h < H; ++h)
            for (std::size_t t = 0; t < T; ++t) {
                const std::size_t row = (b * T + t) * 3 * C + h * D, first = b * T * 3 * C + h * D;
                const Real *q = qkv + row, *k = qkv + first + C, *v = qkv + first + 2 * C;
                Real *dq = dqkv + row, *dk = dqkv + first + C, *dv = dqkv + first + 2 * C;
                const Real* att_row = att + ((b * H + h) * T + t) * T;
                const Real* dz_row = dz + (b * T + t) * C + h * D;

                const auto datt = [&](std::size_t s) {
                    Real dot = 0;
                    for (std::size_t d = 0; d < D; ++d) dot += dz_row[d] * v[s * 3 * C + d];
                    return mask.active() ? dot * mask.factor<Real>(((b * H + h) * T + t) * T + s) : dot;
                };

                Real att_datt = 0;
                for (std::size_t s = 0; s <= t; ++s) att_datt += att_row[s] * datt(s);

                for (std::size_t s = 0; s <= t; ++s) {
                    const Real kept = mask.active() ? mask.factor<Real>(((b * H + h) * T + t) * T + s) : Real(1);
                    const Real dscore = att_row[s] * (datt(s) - att_datt) * scale;
                    for (std::size_t d = 0; d < D; ++d) {
                        dv[s * 3 * C + d] += att_row[s] * kept * dz_row[d];
                        dq[d] += dscore * k[s * 3 * C + d];
                        dk[s * 3 * C + d] += dscore * q[d];
                    }
                }
            }
}

}  // namespace stepgpt
