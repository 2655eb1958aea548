// The matrix product with a square of results in each thread's registers: the one for any type and any size.
//
// 256 threads compute a tile of C, 16 Each wide and high; a thread has Each x Each of its elements, 16 apart, so that
// neighbouring threads read neighbouring numbers. A number from shared memory is used Each times: with Each = 8,
// sixteen reads feed 64 multiplications.
#pragma once

#include <stepgpt/kernel/matmul_parts.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real, int Each, bool ATransposed, bool BTransposed, class End>
__global__ void __launch_bounds__(256)
    matmul_registers(device_matrix<Real> A, device_matrix<Real> B, int M, int N, int K, End end) {
    using Sum = accumulator<Real>;
    constexpr int side = 16 * Each, depth = 16;
    __shared__ Sum a_tile[depth][side + 1], b_tile[depth][side + 1];
    const int me = threadIdx.x, x = me % 16, y = me / 16;
    const auto [tile_row, tile_column] = tile_of_block(M, N, side);
    const int row0 = tile_row * side, column0 = tile_column * side;
    Sum sum[Each][Each] = {};
    for (int k0 = 0; k0 < K; k0 += depth) {
        for (int i = me; i < side * depth; i += 256) {            // neighbours in memory for neighbours in the warp
            const int r = ATransposed ? i % side : i / depth, k = ATransposed ? i / side : i % depth;
            a_tile[k][r] = row0 + r < M && k0 + k < K ? A.template at<ATransposed>(row0 + r, k0 + k) : Sum(0);
        }
        for (int i = me; i < side * depth; i += 256) {
            const int c = BTransposed ? i / depth : i % side, k = BTransposed ? i % depth : i / side;
            b_tile[k][c] = k0 + k < K && column0 + c < N ? B.template at<BTransposed>(k0 + k, column0 + c) : Sum(0);
        }
        __syncthreads();
        for (int k = 0; k < depth; ++k) {
            Sum a[Each], b[Each];
            STEPGPT_UNROLL
            for (int i = 0; i < Each; ++i) a[i] = a_tile[k][y + 16 * i], b[i] = b_tile[k][x + 16 * i];
            STEPGPT_UNROLL
            for (int i = 0; i < Each; ++i)
                STEPGPT_UNROLL
                for (int j = 0; j < Each; ++j) sum[i][j] += a[i] * b[j];
        }
        __syncthreads();
    }
    STEPGPT_UNROLL
    for (int i = 0; i < Each; ++i)
        STEPGPT_UNROLL
        for (int j = 0; j < Each; ++j) {
            const int row = row0 + y + 16 * i, column = column0 + x + 16 * j;
            if (row < M && column < N) end(row, column, sum[i][j]);
        }
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
