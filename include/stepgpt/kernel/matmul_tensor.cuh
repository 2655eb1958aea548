// The matrix product of bf16 on tensor cores, with floats for the sums.
//
// A block of eight warps computes 128 x 128 of C, 32 k at a time. Three stages of shared memory: while one is
// multiplied, the next two are on their way (cp.async), and one barrier a stage is enough. A warp has 64 x 32 of C as 4
// x 4 fragments. How an operand lies decides how it is fetched and read (tile.cuh); the multiplication is the same.
//
// What lies next to each other in memory must come in eights: 16 bytes are the unit of a copy.
#pragma once

#include <cstddef>

#include <stepgpt/kernel/matmul_parts.cuh>
#include <stepgpt/kernel/tile.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline constexpr int matmul_side = 128, matmul_depth = 32, matmul_stages = 3;

// A stage's tile of an operand, 128 x 32: Across if its 128 lie next to each other, else its 32 do.
template <bool Across>
inline constexpr int operand_size =
    Across ? matmul_depth * tile_stride<matmul_side> : matmul_side * tile_stride<matmul_depth>;

template <bool ATransposed, bool BTransposed>
inline constexpr std::size_t matmul_tensor_shared =
    matmul_stages * (operand_size<ATransposed> + operand_size<!BTransposed>) * sizeof(bf16);

// Starts to copy the tile at (row, k) of an operand of `rows` rows (A's, or B's columns) and K columns.
template <bool Across>
__device__ void fetch_operand(bf16* tile, const device_matrix<bf16>& x, int row, int k, int rows, int K) {
    if constexpr (Across)
        fetch_tile<matmul_depth, matmul_side>(tile, x.data + k * x.stride + row, x.stride, K - k, rows - row);
    else fetch_tile<matmul_side, matmul_depth>(tile, x.data + row * x.stride + k, x.stride, rows - row, K - k);
}

template <bool ATransposed, bool BTransposed, class End>
__global__ void __launch_bounds__(256)
    matmul_tensor(device_matrix<bf16> A, device_matrix<bf16> B, int M, int N, int K, End end) {
    constexpr int a_size = operand_size<ATransposed>, stage_size = a_size + operand_size<!BTransposed>;
    STEPGPT_DYNAMIC_SHARED(bf16, stages);
    const auto [tile_row, tile_column] = tile_of_block(M, N, matmul_side);
    const int row0 = tile_row * matmul_side, column0 = tile_column * matmul_side;
    const int warp = threadIdx.x / 32, my_row = warp / 4 * 64, my_column = warp % 4 * 32;
    const int steps = (K + matmul_depth - 1) / matmul_depth;

    const auto fetch = [=](int step) {
        bf16* const stage = stages + step % matmul_stages * stage_size;
        if (step < steps) {
            fetch_operand<ATransposed>(stage, A, row0, step * matmul_depth, M, K);
            fetch_operand<!BTransposed>(stage + a_size, B, column0, step * matmul_depth, N, K);
        }
        cp_async_commit();                                        // an empty group keeps the count
    };
    for (int step = 0; step < matmul_stages - 1; ++step) fetch(step);

    fragment_c sum[4][4] = {};
    for (int step = 0; step < steps; ++step) {
        cp_async_wait<matmul_stages - 2>();
        __syncthreads();                                          // this stage is here; the one before it has been read
        fetch(step + matmul_stages - 1);
        const bf16 *const a_tile = stages + step % matmul_stages * stage_size, *const b_tile = a_tile + a_size;
        STEPGPT_UNROLL
        for (int k = 0; k < matmul_depth; k += 16) {
            fragment_a a[4];
            fragment_b b[4];
            STEPGPT_UNROLL
            for (int i = 0; i < 4; ++i) {
                if constexpr (ATransposed) a[i] = load_a_transposed<matmul_side>(a_tile, my_row + 16 * i, k);
                else a[i] = load_a<matmul_depth>(a_tile, my_row + 16 * i, k);
            }
            STEPGPT_UNROLL
            for (int j = 0; j < 4; j += 2) {
                fragment_b two[2];
                if constexpr (BTransposed) load_b_transposed<matmul_depth>(two, b_tile, k, my_column + 8 * j);
                else load_b<matmul_side>(two, b_tile, k, my_column + 8 * j);
                b[j] = two[0];
                b[j + 1] = two[1];
            }
            STEPGPT_UNROLL
            for (int i = 0; i < 4; ++i)
                STEPGPT_UNROLL
                for (int j = 0; j < 4; ++j) multiply_add(sum[i][j], a[i], b[j]);
        }
    }

    const int g = threadIdx.x % 32 / 4, pair = threadIdx.x % 4 * 2;
    STEPGPT_UNROLL
    for (int i = 0; i < 4; ++i)
        STEPGPT_UNROLL
        for (int j = 0; j < 4; ++j)
            STEPGPT_UNROLL
            for (int e = 0; e < 4; ++e) {
                const int row = row0 + my_row + 16 * i + g + e / 2 * 8;
                const int column = column0 + my_column + 8 * j + pair + e % 2;
                if (row < M && column < N) end(row, column, sum[i][j].sum[e]);
            }
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
