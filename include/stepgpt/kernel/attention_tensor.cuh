// Attention on tensor cores, without a (T,T) matrix, for bf16 and heads of up to 128 channels (Dao 2023,
// "FlashAttention-2").
//
// A block of four warps owns 64 or 128 queries and meets the keys and values 64 at a time; while one tile is
// multiplied, the next is on its way. A warp owns Rows times 16 queries: scores = q k^T in registers, softmax with a
// running maximum and sum there, and the weights are at once the operand of the next product, z += att v. Softmax works
// with powers of two, whose exponent is one multiplication away: exp(x) = 2^(x log2 e).
//
// Here: the two products, and forward. Backward: attention_tensor_backward.cuh.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/kernel/attention_shape.cuh>
#include <stepgpt/kernel/tile.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline constexpr int tensor_threads = 128;               // four warps
inline constexpr float log2_e = 1.44269504088896340736f, ln_2 = 0.69314718055994530942f;

// What a warp holds: Rows times 16 rows of a matrix of 16 Parts (a) or 8 Parts (c) columns.
template <int Rows, int Parts>
using operands = fragment_a[Rows][Parts];
template <int Rows, int Parts>
using sums = fragment_c[Rows][Parts];

template <int Rows, int Parts>
__device__ void clear(sums<Rows, Parts>& c) {
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m)
        STEPGPT_UNROLL
        for (int n = 0; n < Parts; ++n) c[m][n] = {};
}

// scores (16 Rows, Tile) = a (16 Rows, Width) b^T,  b a tile (Tile, Width)
template <int Width, int Rows, int TileParts>
__device__ void multiply_by_rows(sums<Rows, TileParts>& scores, const operands<Rows, Width / 16>& a, const bf16* tile) {
    clear<Rows, TileParts>(scores);
    STEPGPT_UNROLL
    for (int n = 0; n < TileParts; n += 2)
        STEPGPT_UNROLL
        for (int k = 0; k < Width / 16; ++k) {
            fragment_b b[2];
            load_b_transposed<Width>(b, tile, 16 * k, 8 * n);
            STEPGPT_UNROLL
            for (int m = 0; m < Rows; ++m) {
                multiply_add(scores[m][n], a[m][k], b[0]);
                multiply_add(scores[m][n + 1], a[m][k], b[1]);
            }
        }
}

// y (16 Rows, Width) += weights (16 Rows, Tile) b,  b a tile (Tile, Width). The weights are rounded to bf16.
template <int Width, int Rows, int TileParts>
__device__ void multiply_by_columns(sums<Rows, Width / 8>& y, const sums<Rows, TileParts>& weights, const bf16* tile) {
    STEPGPT_UNROLL
    for (int k = 0; k < TileParts / 2; ++k) {
        fragment_a a[Rows];
        STEPGPT_UNROLL
        for (int m = 0; m < Rows; ++m) a[m] = as_operand(weights[m][2 * k], weights[m][2 * k + 1]);
        STEPGPT_UNROLL
        for (int d = 0; d < Width / 8; d += 2) {
            fragment_b b[2];
            load_b<Width>(b, tile, 16 * k, 8 * d);
            STEPGPT_UNROLL
            for (int m = 0; m < Rows; ++m) {
                multiply_add(y[m][d], a[m], b[0]);
                multiply_add(y[m][d + 1], a[m], b[1]);
            }
        }
    }
}

template <int Width, int Rows>
__device__ void load_operands(operands<Rows, Width / 16>& a, const bf16* tile, int row) {
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m)
        STEPGPT_UNROLL
        for (int k = 0; k < Width / 16; ++k) a[m][k] = load_a<Width>(tile, row + 16 * m, 16 * k);
}

// Rows of y (16 Rows, Width) times factor[m][half], rounded and stored at to(row), rows first .. last - 1, columns
// below D.
template <int Width, int Rows, class Where>
__device__ void store_sums(const sums<Rows, Width / 8>& y, const float (&factor)[Rows][2], int first, int last, int D,
                           Where to) {
    const int g = threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m)
        STEPGPT_UNROLL
        for (int half = 0; half < 2; ++half) {
            const int row = first + 16 * m + 8 * half + g;
            if (row >= last) continue;
            bf16* const line = to(row);
            STEPGPT_UNROLL
            for (int d = 0; d < Width / 8; ++d)
                if (8 * d + column < D)
                    *reinterpret_cast<std::uint32_t*>(line + 8 * d + column) =
                        pack_bf16(y[m][d].sum[2 * half] * factor[m][half], y[m][d].sum[2 * half + 1] * factor[m][half]);
        }
}

// Four lanes hold a row between them.
__device__ inline float sum_of_row(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}
__device__ inline float max_of_row(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

template <int Width, int Rows>
constexpr std::size_t tensor_forward_shared() {
    return (64 * Rows + 4 * 64) * tile_stride<Width> * sizeof(bf16);
}

// Drops: whether weights of the mixture are dropped; a kernel that never drops has registers to spare.
template <int Width, int Rows, bool Drops>
__global__ void __launch_bounds__(tensor_threads)
    attention_tensor_forward(const bf16* qkv, bf16* z, float* log_sum, attention_shape at, dropout_factor mask) {
    const dropout_factor kept = mask.here();
    constexpr int block_rows = 64 * Rows, tile_rows = 64, parts = tile_rows / 8;
    constexpr int tile_size = tile_rows * tile_stride<Width>;
    STEPGPT_DYNAMIC_SHARED(bf16, queries);                                    // (block_rows,Width)
    bf16* const tiles = queries + block_rows * tile_stride<Width>;   // 2 of keys (64,Width) and values (64,Width)
    const attention_block mine = block_of_queries(at, block_rows);
    const int head = mine.head, first = mine.first;
    const int lane = threadIdx.x % 32, g = lane / 4, column = lane % 4 * 2;
    const int my_first = first + threadIdx.x / 32 * 16 * Rows;                // this warp's first query
    const int end = min(at.T, first + block_rows), count = (end + tile_rows - 1) / tile_rows;
    const float scale = at.scale<float>() * log2_e;

    const auto fetch = [=](int tile) {
        const bf16* const key = qkv + at.query(head, tile * tile_rows) + at.C;
        bf16* const to = tiles + tile % 2 * 2 * tile_size;
        fetch_tile<tile_rows, Width>(to, key, 3 * at.C, at.T - tile * tile_rows, at.D);
        fetch_tile<tile_rows, Width>(to + tile_size, key + at.C, 3 * at.C, at.T - tile * tile_rows, at.D);
    };
    fetch_tile<block_rows, Width>(queries, qkv + at.query(head, first), 3 * at.C, at.T - first, at.D);
    fetch(0);
    cp_async_commit();

    operands<Rows, Width / 16> q;
    sums<Rows, Width / 8> mixture;
    clear<Rows, Width / 8>(mixture);
    float largest[Rows][2], sum[Rows][2];
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m) largest[m][0] = largest[m][1] = -INFINITY, sum[m][0] = sum[m][1] = 0;

    for (int tile = 0; tile < count; ++tile) {
        if (tile + 1 < count) fetch(tile + 1);
        cp_async_commit();
        cp_async_wait<1>();
        __syncthreads();                                                      // this tile has arrived
        if (tile == 0) load_operands<Width, Rows>(q, queries, my_first - first);
        const bf16 *const keys = tiles + tile % 2 * 2 * tile_size, *const values = keys + tile_size;
        const int s0 = tile * tile_rows;
        if (s0 < my_first + 16 * Rows) {                                      // not all of it is this warp's future
            sums<Rows, parts> scores;
            multiply_by_rows<Width, Rows, parts>(scores, q, keys);
            const bool diagonal = s0 + tile_rows > my_first + 1;
            STEPGPT_UNROLL
            for (int m = 0; m < Rows; ++m)
                STEPGPT_UNROLL
                for (int half = 0; half < 2; ++half) {
                    const int t = my_first + 16 * m + 8 * half + g;
                    float top = largest[m][half];
                    STEPGPT_UNROLL
                    for (int n = 0; n < parts; ++n)
                        STEPGPT_UNROLL
                        for (int e = 0; e < 2; ++e) {
                            float& score = scores[m][n].sum[2 * half + e];
                            if (diagonal && s0 + 8 * n + column + e > t) score = -INFINITY;
                            top = fmaxf(top, score);
                        }
                    top = max_of_row(top);
                    const float shrink = power_of_two((largest[m][half] - top) * scale);
                    largest[m][half] = top;
                    float row_sum = 0;
                    STEPGPT_UNROLL
                    for (int n = 0; n < parts; ++n)
                        STEPGPT_UNROLL
                        for (int e = 0; e < 2; ++e) {
                            float& weight = scores[m][n].sum[2 * half + e];
                            weight = power_of_two(weight * scale - top * scale);
                            row_sum += weight;
                        }
                    sum[m][half] = sum[m][half] * shrink + row_sum;
                    STEPGPT_UNROLL
                    for (int d = 0; d < Width / 8; ++d)
                        STEPGPT_UNROLL
                        for (int e = 0; e < 2; ++e) mixture[m][d].sum[2 * half + e] *= shrink;
                    if constexpr (Drops) {
                        STEPGPT_UNROLL
                        for (int n = 0; n < parts; ++n) {
                            const float2 factor = kept.pair(at.weight(head, t, s0 + 8 * n + column));
                            scores[m][n].sum[2 * half] *= factor.x;
                            scores[m][n].sum[2 * half + 1] *= factor.y;
                        }
                    }
                }
            multiply_by_columns<Width, Rows, parts>(mixture, scores, values);
        }
        __syncthreads();                                                      // this tile has been read
    }

    float inverse[Rows][2];
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m)
        STEPGPT_UNROLL
        for (int half = 0; half < 2; ++half) {
            const float total = sum_of_row(sum[m][half]);
            const int t = my_first + 16 * m + 8 * half + g;
            inverse[m][half] = 1 / total;
            if (t < at.T && column == 0) log_sum[at.kept(head, t)] = largest[m][half] * scale * ln_2 + logf(total);
        }
    store_sums<Width, Rows>(mixture, inverse, my_first, at.T, at.D, [=](int t) { return z + at.row(head, t); });
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
