// Softmax and cross-entropy of each row:  loss = -log p[target],   p = exp(logit - log_sum),  log_sum = log sum exp(logits)
//
// logits (rows,V), targets (rows) -> losses (rows), log_sum (rows). A negative target is ignored: its loss and its gradient
// are 0 (a prompt that should not be learnt, padding). No probability is stored.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

template <class Real>
void cross_entropy_forward(cpu, const Real* logits, const token* targets, Real* losses, Real* log_sum, std::size_t rows,
                           std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* logits_row = logits + r * V;
        const Real largest = *std::max_element(logits_row, logits_row + V);
        Real sum = 0;
        for (std::size_t v = 0; v < V; ++v) sum += std::exp(logits_row[v] - largest);
        log_sum[r] = largest + std::log(sum);
        losses[r] = targets[r] < 0 ? Real(0) : log_sum[r] - logits_row[targets[r]];
    }
}

template <class Real>
void cross_entropy_forward(simd, const Real* logits, const token* targets, Real* losses, Real* log_sum, std::size_t rows,
                           std::size_t V) {
    const timed here = timed_pass<Real>("cross-entropy forward", rows * V);
    parallel_for(rows, 4096 / (V + 1) + 1, [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            const Real* logits_row = logits + r * V;
            const Real largest = max_of_row(logits_row, V);
            const Real sum = sum_of_row<Real>(V, [=](std::size_t v, auto at) {
                return xsimd::exp(at.load(logits_row + v, -std::numeric_limits<Real>::infinity()) - largest);
            });
            log_sum[r] = largest + std::log(sum);
            losses[r] = targets[r] < 0 ? Real(0) : log_sum[r] - logits_row[targets[r]];
        }
    });
}

// Their sum, in double and in the order of the rows.
template <class Real>
double sum_of(cpu, const Real* losses, std::size_t rows) {
    double sum = 0;
    for (std::size_t r = 0; r < rows; ++r) sum += static_cast<double>(losses[r]);
    return sum;
}

// dlogits = (p - one_hot(target)) dloss, where dloss = 1 / (number of targets) for a mean. dlogits may be logits itself.
template <class Real>
void cross_entropy_backward(cpu, const Real* logits, const Real* log_sum, const token* targets, Real* dlogits, Real dloss,
                            std::size_t rows, std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* logits_row = logits + r * V;
        Real* dlogits_row = dlogits + r * V;
        if (targets[r] < 0) {
            std::fill(dlogits_row, dlogits_row + V, Real(0));
            continue;
        }
        for (std::size_t v = 0; v < V; ++v) {
            const Real p = std::exp(logits_row[v] - log_sum[r]);
            dlogits_row[v] = p * dloss;
        }
        dlogits_row[targets[r]] -= dloss;
    }
}

template <class Real>
void cross_entropy_backward(simd, const Real* logits, const Real* log_sum, const token* targets, Real* dlogits, Real dloss,
                            std::size_t rows, std::size_t V) {
    const timed here = timed_pass<Real>("cross-entropy backward", 2 * rows * V);
    parallel_for(rows, 4096 / (V + 1) + 1, [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            Real* dlogits_row = dlogits + r * V;
            if (targets[r] < 0) {
                std::fill(dlogits_row, dlogits_row + V, Real(0));
                continue;
            }
            each_vector<Real>(0, V, [=, logits_row = logits + r * V, row_log_sum = log_sum[r]](std::size_t v, auto at) {
                at.store(dlogits_row + v, xsimd::exp(at.load(logits_row + v) - row_log_sum) * dloss);
            });
            dlogits_row[targets[r]] -= dloss;
        }
    });
}

}  // namespace stepgpt
