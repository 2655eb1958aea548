// The sum of a few thousand numbers, in double, by one block, for `cuda` and `cuda_sim`: of the losses of rows, of the parts of a
// longer sum.
#pragma once

#include <cstddef>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Every thread sums its share; then down a tree. `shared` has room for 32.
template <class Sum>
__device__ double sum_by_one_block(const Sum* x, std::size_t n, double* shared) {
    double sum = 0;
    for (std::size_t i = threadIdx.x; i < n; i += blockDim.x) sum += static_cast<double>(x[i]);
    return sum_of_block(sum, shared);
}

template <class Sum>
__global__ void __launch_bounds__(1024) sum_in_one_block(const Sum* x, double* total, std::size_t n) {
    __shared__ double shared[32];
    const double sum = sum_by_one_block(x, n, shared);
    if (threadIdx.x == 0) *total = sum;
}

inline unsigned threads_of_one_block(std::size_t n) { return n >= 1024 ? 1024 : 32; }

// The sum of n numbers on the device, here.
template <class Sum>
double sum_of(gpu, const Sum* x, std::size_t n) {
    struct total;
    double* const there = device_scratch<double, total>(1);
    launch(sum_in_one_block<Sum>, 1, threads_of_one_block(n), 0, x, there, n);
    double here;
    to_host(gpu{}, there, &here, 1);
    return here;
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
