// The second half of a sum over many rows: parts, left by blocks of another kernel, are added to where the sum is kept.
//     sums[c] += sum over p of parts[p stride + c]
//
// 32 columns a block; eight rows of threads take every eighth part each, then go down a tree. The same bits every time.
#pragma once

#include <cstddef>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/launch.cuh>
#include <stepgpt/cuda/ptx.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
__global__ void add_part_sums(const accumulator<Real>* parts, Real* sums, int columns, int count, std::size_t stride) {
    using Sum = accumulator<Real>;
    __shared__ Sum shared[8][32];
    const int lane = threadIdx.x, y = threadIdx.y, column = blockIdx.x * 32 + lane;
    Sum sum = 0;
    if (column < columns)
        for (int p = y; p < count; p += 8) sum += parts[p * stride + column];
    shared[y][lane] = sum;
    for (int half = 4; half > 0; half /= 2) {
        __syncthreads();
        if (y < half) shared[y][lane] += shared[y + half][lane];
    }
    if (y == 0 && column < columns) sums[column] = rounded<Real>(static_cast<Sum>(sums[column]) + shared[0][lane]);
}

template <class Real>
void add_parts(const accumulator<Real>* parts, Real* sums, std::size_t columns, std::size_t count, std::size_t stride) {
    launch(add_part_sums<Real>, blocks_for(columns, 32), dim3(32, 8), 0, parts, sums, static_cast<int>(columns),
           static_cast<int>(count), stride);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
