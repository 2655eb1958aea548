// The sum of a matrix's rows:  sums[c] (columns) = or += sum over r of x[r][c]  (rows,columns). The gradient of a bias.
//
// Two kernels: one adds up parts of the rows, in registers and then down a tree of eight; the other adds the parts in
// order. How many parts there are depends on the shape alone: the same bits every time. The matrix is read once, 16
// bytes at a time.
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/ptx.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/into.hpp>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Block (x, part): 32 Count columns, and the rows of one part; a thread (lane, y) takes every eighth of them.
template <class Real, int Count>
__global__ void __launch_bounds__(256)
    column_sums_of_parts(const Real* x, accumulator<Real>* parts, int rows, int columns, int rows_each) {
    using Sum = accumulator<Real>;
    __shared__ Sum shared[8][32 * Count + 1];
    const int lane = threadIdx.x, y = threadIdx.y, column = (blockIdx.x * 32 + lane) * Count;
    const int first = blockIdx.y * rows_each, last = min(rows, first + rows_each);
    Sum sum[Count] = {};
    if (column < columns)
        for (int r = first + y; r < last; r += 8) {
            const auto numbers = load<Count>(x + static_cast<std::size_t>(r) * columns + column);
            for (int j = 0; j < Count; ++j) sum[j] += static_cast<Sum>(numbers.at[j]);
        }
    for (int j = 0; j < Count; ++j) shared[y][lane * Count + j] = sum[j];
    for (int half = 4; half > 0; half /= 2) {
        __syncthreads();
        if (y < half)
            for (int j = 0; j < Count; ++j) shared[y][lane * Count + j] += shared[y + half][lane * Count + j];
    }
    if (y == 0 && column < columns)
        for (int j = 0; j < Count; ++j)
            parts[static_cast<std::size_t>(blockIdx.y) * columns + column + j] = shared[0][lane * Count + j];
}

template <class Real>
__global__ void column_sums_of_all(const accumulator<Real>* parts, Real* sums, int columns, int count, bool adds) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= columns) return;
    accumulator<Real> sum = 0;
    for (int part = 0; part < count; ++part) sum += parts[static_cast<std::size_t>(part) * columns + column];
    if (adds) sum += static_cast<accumulator<Real>>(sums[column]);
    sums[column] = rounded<Real>(sum);
}

template <class Real>
void column_sums(gpu, const Real* x, Real* sums, std::size_t rows, std::size_t columns, into how) {
    if (columns == 0) return;
    const std::size_t rows_each = std::max<std::size_t>(64, (rows + 127) / 128);
    const std::size_t count = (rows + rows_each - 1) / rows_each;
    struct partial_sums;
    auto* const parts = device_scratch<accumulator<Real>, partial_sums>(count * columns);   // (count,columns)
    const auto run = [&](auto kernel, std::size_t at_once) {
        const dim3 grid(blocks_for(columns, 32 * at_once), static_cast<unsigned>(count));
        launch(kernel, grid, dim3(32, 8), 0, x, parts, static_cast<int>(rows), static_cast<int>(columns),
               static_cast<int>(rows_each));
    };
    if (rows > 0) {
        if (in_packs(columns, x)) run(column_sums_of_parts<Real, pack_size<Real>>, pack_size<Real>);
        else run(column_sums_of_parts<Real, 1>, 1);
    }
    launch(column_sums_of_all<Real>, blocks_for(columns, 128), 128, 0, parts, sums, static_cast<int>(columns),
           static_cast<int>(count), how == into::add);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
