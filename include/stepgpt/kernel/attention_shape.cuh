// What every kernel of the attention is told: where rows lie, and which weights of the mixture are dropped.
//
// Not here: any attention. attention.cuh has the equations and the ladder.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/launch.cuh>
#include <stepgpt/kernel/dropout_factor.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// A head is one of B H: head = b H + h. Row t of its queries is at qkv + query(head, t), its key C further, its value
// 2C.
struct attention_shape {
    int T, C, H, D;

    __device__ std::size_t row(int head, int t) const {
        return (static_cast<std::size_t>(head / H) * T + t) * C + head % H * D;
    }
    __device__ std::size_t query(int head, int t) const {
        return (static_cast<std::size_t>(head / H) * T + t) * 3 * C + head % H * D;
    }
    // Its place in log_sum, and the number of the weight that key s has for it.
    __device__ std::size_t kept(int head, int t) const { return static_cast<std::size_t>(head) * T + t; }
    __device__ std::uint64_t weight(int head, int t, int s) const {
        return static_cast<std::uint64_t>(kept(head, t)) * T + s;
    }

    template <class Sum>
    __device__ Sum scale() const {
        return Sum(1) / sqrt(static_cast<Sum>(D));
    }
};

// The block that works at rows first .. first + rows - 1 of a head. Those of a head are neighbours, so that its keys
// and values are still in the second cache; those with most to do come first.
struct attention_block {
    int head, first;
};
__device__ inline attention_block block_of_queries(const attention_shape& at, int rows) {
    const int blocks = (at.T + rows - 1) / rows;
    return {static_cast<int>(blockIdx.x) / blocks, (blocks - 1 - static_cast<int>(blockIdx.x) % blocks) * rows};
}
__device__ inline attention_block block_of_keys(const attention_shape& at, int rows) {
    const int blocks = (at.T + rows - 1) / rows;
    return {static_cast<int>(blockIdx.x) / blocks, static_cast<int>(blockIdx.x) % blocks * rows};
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
