// What memory-bound kernels share: numbers loaded sixteen bytes at a time, and sums and maxima of a warp and of a block.
//
// Every sum goes down a tree whose shape depends on the number of threads alone: the same bits every time. A block here is
// one-dimensional and a multiple of 32 threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/launch.cuh>
#include <stepgpt/cuda/ptx.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline constexpr unsigned all_lanes = 0xffffffffu;

// Count neighbouring numbers, moved at once. The address is a multiple of their size.
template <class Real, int Count>
struct alignas(Count * sizeof(Real)) pack {
    Real at[Count];
};
template <class Real>
inline constexpr int pack_size = 16 / static_cast<int>(sizeof(Real));

template <int Count, class Real>
__device__ pack<Real, Count> load(const Real* from) {
    return *reinterpret_cast<const pack<Real, Count>*>(from);
}
template <int Count, class Real>
__device__ void store(Real* to, const pack<Real, Count>& numbers) {
    *reinterpret_cast<pack<Real, Count>*>(to) = numbers;
}

// Whether rows of `length` numbers that begin at these addresses can be moved sixteen bytes at a time.
template <class Real, class... More>
bool in_packs(std::size_t length, const Real* first, const More*... more) {
    const auto aligned = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; };
    return length % pack_size<Real> == 0 && aligned(first) && (aligned(more) && ...);
}

template <class Sum>
__device__ Sum sum_of_warp(Sum value) {
    for (int bits = 16; bits > 0; bits /= 2) value += __shfl_xor_sync(all_lanes, value, bits);
    return value;
}

template <class Sum>
__device__ Sum larger(Sum a, Sum b) {
    return a < b ? b : a;
}

template <class Sum>
__device__ Sum max_of_warp(Sum value) {
    for (int bits = 16; bits > 0; bits /= 2) value = larger(value, __shfl_xor_sync(all_lanes, value, bits));
    return value;
}

// The sum of a block's values, for all its threads. `shared` has room for 32; it may be used again after the next barrier.
template <class Sum>
__device__ Sum sum_of_block(Sum value, Sum* shared) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    value = sum_of_warp(value);
    if (lane == 0) shared[warp] = value;
    __syncthreads();
    return sum_of_warp(lane < warps ? shared[lane] : Sum(0));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
