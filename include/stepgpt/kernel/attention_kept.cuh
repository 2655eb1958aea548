// What a GPU, or its simulator, needs to write text: new tokens to vectors, their keys and values kept, and their attention over
// all that came before them. Shapes are those of kernel/embedding_kept.hpp and kernel/attention_kept.hpp.
//
// A block takes one new token and one head. Its four warps first make a score for every key, a thread a key; then each warp
// mixes every fourth value, a lane a channel, and the four mixtures are added in order. Nothing here is large: writing waits for
// the weights to be read, not for this.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/attention_kept.hpp>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
__global__ void embedding_of_kept(const std::int32_t* ids, const token_place* places, const Real* wte, const Real* wpe, Real* x,
                                  int C) {
    using Sum = accumulator<Real>;
    const std::size_t r = blockIdx.x;
    for (int c = threadIdx.x; c < C; c += blockDim.x)
        x[r * C + c] = rounded<Real>(static_cast<Sum>(wte[static_cast<std::size_t>(ids[r]) * C + c]) +
                                     static_cast<Sum>(wpe[places[r].position * C + c]));
}

template <class Real>
__global__ void copy_keys_and_values(const Real* qkv, const token_place* places, Real* keys, Real* values, int C, int room) {
    const std::size_t r = blockIdx.x, to = (places[r].text * room + places[r].position) * C;
    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        keys[to + c] = qkv[r * 3 * C + C + c];
        values[to + c] = qkv[r * 3 * C + 2 * C + c];
    }
}

inline constexpr int kept_threads = 128, kept_warps = kept_threads / 32, kept_channels = 256;   // of a block; of a head at most

template <class Real>
__global__ void __launch_bounds__(kept_threads)
    attention_row_over_kept(const Real* qkv, const token_place* places, const Real* keys, const Real* values,
                            accumulator<Real>* att, Real* z, int C, int D, int room) {
    using Sum = accumulator<Real>;
    __shared__ Sum q[kept_channels], mixtures[kept_warps][kept_channels], shared[32];
    const std::size_t r = blockIdx.x, head = blockIdx.y;
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, seen = static_cast<int>(places[r].position) + 1;
    const std::size_t text = places[r].text * room * C + head * D;      // where key 0 and value 0 of this head are
    Sum* const weights = att + (r * gridDim.y + head) * room;
    for (int d = threadIdx.x; d < D; d += kept_threads) q[d] = static_cast<Sum>(qkv[r * 3 * C + head * D + d]);
    __syncthreads();

    const Sum scale = 1 / sqrt(static_cast<Sum>(D));
    Sum largest = -INFINITY;
    for (int s = threadIdx.x; s < seen; s += kept_threads) {
        const Real* const k = keys + text + static_cast<std::size_t>(s) * C;
        Sum dot = 0;
        for (int d = 0; d < D; ++d) dot += q[d] * static_cast<Sum>(k[d]);
        weights[s] = dot * scale;
        largest = larger(largest, weights[s]);
    }
    largest = max_of_warp(largest);
    if (lane == 0) shared[warp] = largest;
    __syncthreads();
    for (int w = 0; w < kept_warps; ++w) largest = larger(largest, shared[w]);
    __syncthreads();                                                    // shared will be used again
    Sum sum = 0;
    for (int s = threadIdx.x; s < seen; s += kept_threads) {
        weights[s] = exp(weights[s] - largest);
        sum += weights[s];
    }
    sum = sum_of_block(sum, shared);                                    // its barrier also makes the weights seen by all

    for (int d = lane; d < D; d += 32) {
        Sum mixture = 0;
        for (int s = warp; s < seen; s += kept_warps)
            mixture += weights[s] * static_cast<Sum>(values[text + static_cast<std::size_t>(s) * C + d]);
        mixtures[warp][d] = mixture;
    }
    __syncthreads();
    for (int d = threadIdx.x; d < D; d += kept_threads) {
        Sum mixture = 0;
        for (int w = 0; w < kept_warps; ++w) mixture += mixtures[w][d];
        z[r * C + head * D + d] = rounded<Real>(mixture / sum);
    }
}

template <class Real>
void embedding_at_places(gpu, const std::int32_t* ids, const token_place* places, const Real* wte, const Real* wpe, Real* x,
                         std::size_t rows, std::size_t C) {
    if (rows == 0) return;
    launch(embedding_of_kept<Real>, static_cast<unsigned>(rows), 128, 0, ids, places, wte, wpe, x, static_cast<int>(C));
}

template <class Real>
void keep_keys_and_values(gpu, const Real* qkv, const token_place* places, Real* keys, Real* values, std::size_t rows,
                          std::size_t C, std::size_t room) {
    if (rows == 0) return;
    launch(copy_keys_and_values<Real>, static_cast<unsigned>(rows), 128, 0, qkv, places, keys, values, static_cast<int>(C),
           static_cast<int>(room));
}

template <class Real>
void attention_over_kept(gpu, const Real* qkv, const token_place* places, const Real* keys, const Real* values,
                         accumulator<Real>* att, Real* z, std::size_t rows, std::size_t C, std::size_t H, std::size_t room) {
    if (rows == 0) return;
    if (C / H > kept_channels)
        throw error({.where = "attention on cuda", .found = "heads of " + std::to_string(C / H) + " channels",
                     .wanted = "at most " + std::to_string(kept_channels), .hint = "more heads (n_head) make them smaller"});
    launch(attention_row_over_kept<Real>, dim3(static_cast<unsigned>(rows), static_cast<unsigned>(H)), kept_threads, 0, qkv,
           places, keys, values, att, z, static_cast<int>(C), static_cast<int>(C / H), static_cast<int>(room));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
