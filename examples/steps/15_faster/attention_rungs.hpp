// z[t] = sum over s <= t of softmax(q[t] . k[s] / sqrt(D)) v[s]: causal attention of one head; q, k, v and z are (T,D).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "matmul_rungs.hpp"
#include "softmax_rungs.hpp"

// 1. By the book: a matrix (T,T) of scores, of which half is crossed out; its softmax; its product with v.
inline void whole_matrix(const float* q, const float* k, const float* v, float* z, std::vector<float>& scores,
                         std::size_t T, std::size_t D) {
    scores.resize(T * T);
    const float scale = 1 / std::sqrt(static_cast<float>(D));
    for (std::size_t t = 0; t < T; ++t)
        for (std::size_t s = 0; s < T; ++s) {
            float dot = 0;
            for (std::size_t d = 0; d < D; ++d) dot += q[t * D + d] * k[s * D + d];
            scores[t * T + s] = s <= t ? dot * scale : -std::numeric_limits<float>::infinity();
        }
    one_by_one(scores.data(), scores.data(), T, T);
    for (std::size_t t = 0; t < T; ++t)
        for (std::size_t d = 0; d < D; ++d) {
            float sum = 0;
            for (std::size_t s = 0; s < T; ++s) sum += scores[t * T + s] * v[s * D + d];
            z[t * D + d] = sum;
        }
}

// 2. The future is not computed at all: half the work, and a row of scores instead of a matrix.
inline void causal_rows(const float* q, const float* k, const float* v, float* z, std::vector<float>& scores,
                        std::size_t T, std::size_t D) {
    scores.resize(T);
    const float scale = 1 / std::sqrt(static_cast<float>(D));
    for (std::size_t t = 0; t < T; ++t) {
        for (std::size_t s = 0; s <= t; ++s) {
            float dot = 0;
            for (std::size_t d = 0; d < D; ++d) dot += q[t * D + d] * k[s * D + d];
            scores[s] = dot * scale;
        }
        by_vectors(scores.data(), scores.data(), 1, t + 1);
        std::fill_n(z + t * D, D, 0.0f);
        for (std::size_t s = 0; s <= t; ++s) {
            const float weight = scores[s];
            for (std::size_t d = 0; d < D; ++d) z[t * D + d] += weight * v[s * D + d];
        }
    }
}

// 3. No row either: a softmax that is corrected as it goes. While s runs, `largest` is the largest score so far, `sum`
// and z are relative to it; when a larger one comes, both are scaled down (Milakov and Gimelshein 2018; FlashAttention
// does it for blocks). The memory is D numbers, whatever T is.
inline void online(const float* q, const float* k, const float* v, float* z, std::size_t T, std::size_t D) {
    const float scale = 1 / std::sqrt(static_cast<float>(D));
    for (std::size_t t = 0; t < T; ++t) {
        float largest = -std::numeric_limits<float>::infinity(), sum = 0;
        float* z_row = z + t * D;
        std::fill_n(z_row, D, 0.0f);
        for (std::size_t s = 0; s <= t; ++s) {
            const float *q_row = q + t * D, *k_row = k + s * D, *v_row = v + s * D;
            const float score = scale * stepgpt::sum_of_row<float>(D, [=](std::size_t d, auto at) {
                                    return at.load(q_row + d) * at.load(k_row + d);
                                });
            const float before = std::max(largest, score), shrink = std::exp(largest - before),
                        weight = std::exp(score - before);
            largest = before;
            sum = sum * shrink + weight;
            stepgpt::each_vector<float>(0, D, [=](std::size_t d, auto at) {
                at.store(z_row + d, at.load(z_row + d) * shrink + at.load(v_row + d) * weight);
            });
        }
        for (std::size_t d = 0; d < D; ++d) z_row[d] /= sum;
    }
}
