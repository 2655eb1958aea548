// Softmax and cross-entropy for `cuda` and `cuda_sim`: kernel/cross_entropy.hpp has the formula. No probability is stored:
// forward leaves a row's loss and the logarithm of its sum, backward turns logits into their gradient where they lie.
//
//     cross_entropy_naive_forward   a thread a row
//     cross_entropy_rows_forward    a block a row, which it reads once: the sum is carried along with the largest so far
//                                   (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax")
// Both in one kernel, for a training step: classifier.cuh. Rows of logits begin logits_stride(V) apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/logits_stride.cuh>
#include <stepgpt/kernel/sum_of.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
__global__ void cross_entropy_naive_forward(const Real* logits, const std::int32_t* targets, accumulator<Real>* losses,
                                            accumulator<Real>* log_sum, int rows, int V) {
    using Sum = accumulator<Real>;
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    const Real* row = logits + r * logits_stride(V);
    Sum largest = static_cast<Sum>(row[0]), sum = 0;
    for (int v = 1; v < V; ++v) largest = larger(largest, static_cast<Sum>(row[v]));
    for (int v = 0; v < V; ++v) sum += exp(static_cast<Sum>(row[v]) - largest);
    log_sum[r] = largest + log(sum);
    losses[r] = targets[r] < 0 ? Sum(0) : log_sum[r] - static_cast<Sum>(row[targets[r]]);
}

// A sum of exp(x - largest), which two of them can be joined into.
template <class Sum>
struct running_sum {
    Sum largest, sum;

    __device__ void add(Sum x) {
        if (x > largest) {
            sum = sum * exp(largest - x) + 1;
            largest = x;
        } else {
            sum += exp(x - largest);
        }
    }
    __device__ void join(Sum other_largest, Sum other_sum) {
        const Sum top = larger(largest, other_largest);
        sum = sum * exp(largest - top) + other_sum * exp(other_largest - top);
        largest = top;
    }
    // With those of the other lanes; afterwards every lane has the whole warp's.
    __device__ void join_warp() {
        for (int bits = 16; bits > 0; bits /= 2) {
            const Sum other_largest = __shfl_xor_sync(all_lanes, largest, bits);
            const Sum other_sum = __shfl_xor_sync(all_lanes, sum, bits);
            join(other_largest, other_sum);
        }
    }
};

template <int Count, class Real>
__global__ void __launch_bounds__(256)
    cross_entropy_rows_forward(const Real* logits, const std::int32_t* targets, accumulator<Real>* losses,
                               accumulator<Real>* log_sum, int V) {
    using Sum = accumulator<Real>;
    __shared__ Sum tops[32], sums[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    const std::size_t r = blockIdx.x;
    const Real* row = logits + r * logits_stride(V);
    running_sum<Sum> mine{std::numeric_limits<Sum>::lowest(), 0};    // not -infinity: minus itself it would be NaN
    for (int v = threadIdx.x * Count; v < V; v += blockDim.x * Count) {
        const pack<Real, Count> numbers = load<Count>(row + v);
        for (int j = 0; j < Count; ++j)
            if (v + j < V) mine.add(static_cast<Sum>(numbers.at[j]));
    }
    mine.join_warp();
    if (lane == 0) {
        tops[warp] = mine.largest;
        sums[warp] = mine.sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int w = 1; w < warps; ++w) mine.join(tops[w], sums[w]);
        log_sum[r] = mine.largest + log(mine.sum);
        losses[r] = targets[r] < 0 ? Sum(0) : log_sum[r] - static_cast<Sum>(row[targets[r]]);
    }
}

// dlogits = (p - one_hot(target)) dloss; dlogits may be logits.
template <int Count, class Real>
__global__ void __launch_bounds__(256)
    cross_entropy_rows_backward(const Real* logits, const accumulator<Real>* log_sum, const std::int32_t* targets, Real* dlogits,
                                accumulator<Real> dloss, int V) {
    using Sum = accumulator<Real>;
    const std::size_t r = blockIdx.x;
    const int target = targets[r];
    const Sum row_log_sum = log_sum[r], scale = target < 0 ? Sum(0) : dloss;
    for (int v = threadIdx.x * Count; v < V; v += blockDim.x * Count) {
        pack<Real, Count> numbers = load<Count>(logits + r * logits_stride(V) + v);
        for (int j = 0; j < Count; ++j) {
            const Sum p = exp(static_cast<Sum>(numbers.at[j]) - row_log_sum);
            numbers.at[j] = v + j < V ? rounded<Real>((p - Sum(v + j == target)) * scale) : Real(0);
        }
        store(dlogits + r * logits_stride(V) + v, numbers);
    }
}

// As many threads as a row of V keeps busy.
inline unsigned threads_for_row(std::size_t V) { return V >= 1024 ? 256 : V >= 128 ? 64 : 32; }

template <class Real>
void cross_entropy_forward(gpu, const Real* logits, const std::int32_t* targets, accumulator<Real>* losses,
                           accumulator<Real>* log_sum, std::size_t rows, std::size_t V) {
    if (rows == 0) return;
    const auto run = [&](auto kernel) {
        launch(kernel, static_cast<unsigned>(rows), threads_for_row(V), 0, logits, targets, losses, log_sum, static_cast<int>(V));
    };
    if (in_packs(logits_stride(V), logits)) run(cross_entropy_rows_forward<pack_size<Real>, Real>);
    else run(cross_entropy_rows_forward<1, Real>);
}

template <class Real>
void cross_entropy_backward(gpu, const Real* logits, const accumulator<Real>* log_sum, const std::int32_t* targets, Real* dlogits,
                            accumulator<Real> dloss, std::size_t rows, std::size_t V) {
    if (rows == 0) return;
    const auto run = [&](auto kernel) {
        launch(kernel, static_cast<unsigned>(rows), threads_for_row(V), 0, logits, log_sum, targets, dlogits, dloss,
               static_cast<int>(V));
    };
    if (in_packs(logits_stride(V), logits, dlogits)) run(cross_entropy_rows_backward<pack_size<Real>, Real>);
    else run(cross_entropy_rows_backward<1, Real>);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
