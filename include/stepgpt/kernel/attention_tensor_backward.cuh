// The way back through attention on tensor cores: one kernel in which queries gather dq, one in which keys gather dk
// and dv.
//
// Both compute the weights again, att = exp(score - log_sum), from what forward kept. The second works with the
// transposed matrices, so that a warp's weights are once more, as they lie, the operand of the next product. Two
// kernels do seven products where one kernel with atomics would do five; in return every number is added up by one
// owner in one order.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/kernel/attention_tensor.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// att -> att kept (for dv), and datt -> dscore, of two neighbours in a row of a fragment. Both are zero where not
// allowed.
struct softmax_slope {
    float scale;        // 1 / sqrt(D)

    __device__ void operator()(float& score, float& datt, bool allowed, float log_sum, float dz_z, float factor) const {
        const float att = allowed ? power_of_two(score * (scale * log2_e) - log_sum * log2_e) : 0;
        score = att * factor;
        datt = att * (datt * factor - dz_z) * scale;
    }
};

template <int Width, int Rows, int Tile>
constexpr std::size_t tensor_backward_shared() {
    return (2 * 64 * Rows + 4 * Tile) * tile_stride<Width> * sizeof(bf16) + 4 * Tile * sizeof(float);
}

// dq[t] = sum over s of dscore[t,s] k[s].  dz_z (B,H,T) = dz . z is kept for the keys.
template <int Width, int Rows, int Tile, bool Drops>
__global__ void __launch_bounds__(tensor_threads)
    attention_tensor_backward_queries(const bf16* dz, const bf16* qkv, const bf16* z, const float* log_sum, float* dz_z,
                                      bf16* dqkv, attention_shape at, dropout_factor mask) {
    const dropout_factor kept = mask.here();
    constexpr int block_rows = 64 * Rows, parts = Tile / 8, tile_size = Tile * tile_stride<Width>;
    STEPGPT_DYNAMIC_SHARED(bf16, queries);                                    // (block_rows,Width)
    bf16* const dzs = queries + block_rows * tile_stride<Width>;              // (block_rows,Width)
    bf16* const tiles = dzs + block_rows * tile_stride<Width>;                // 2 of keys and values
    const attention_block mine = block_of_queries(at, block_rows);
    const int head = mine.head, first = mine.first;
    const int g = threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
    const int my_first = first + threadIdx.x / 32 * 16 * Rows;
    const int end = min(at.T, first + block_rows), count = (end + Tile - 1) / Tile;
    const softmax_slope slope{at.scale<float>()};

    const auto fetch = [=](int tile) {
        const bf16* const key = qkv + at.query(head, tile * Tile) + at.C;
        bf16* const to = tiles + tile % 2 * 2 * tile_size;
        fetch_tile<Tile, Width>(to, key, 3 * at.C, at.T - tile * Tile, at.D);
        fetch_tile<Tile, Width>(to + tile_size, key + at.C, 3 * at.C, at.T - tile * Tile, at.D);
    };
    fetch_tile<block_rows, Width>(queries, qkv + at.query(head, first), 3 * at.C, at.T - first, at.D);
    fetch_tile<block_rows, Width>(dzs, dz + at.row(head, first), at.C, at.T - first, at.D);
    fetch(0);
    cp_async_commit();

    operands<Rows, Width / 16> q, dz_rows;
    sums<Rows, Width / 8> dq;
    clear<Rows, Width / 8>(dq);
    float log_sums[Rows][2], dz_zs[Rows][2], one[Rows][2];

    for (int tile = 0; tile < count; ++tile) {
        if (tile + 1 < count) fetch(tile + 1);
        cp_async_commit();
        cp_async_wait<1>();
        __syncthreads();
        if (tile == 0) {
            load_operands<Width, Rows>(q, queries, my_first - first);
            load_operands<Width, Rows>(dz_rows, dzs, my_first - first);
            STEPGPT_UNROLL
            for (int m = 0; m < Rows; ++m)
                STEPGPT_UNROLL
                for (int half = 0; half < 2; ++half) {                        // dz . z, each lane the channels it holds
                    const int row = my_first + 16 * m + 8 * half + g;
                    float sum = 0;
                    for (int d = column; d < at.D && row < at.T; d += 8) {
                        const bf16* const a = dzs + (row - first) * tile_stride<Width> + d;
                        const bf16* const b = z + at.row(head, row) + d;
                        sum += static_cast<float>(a[0]) * static_cast<float>(b[0]);
                        sum += static_cast<float>(a[1]) * static_cast<float>(b[1]);
                    }
                    dz_zs[m][half] = sum_of_row(sum);
                    log_sums[m][half] = row < at.T ? log_sum[at.kept(head, row)] : 0;
                    one[m][half] = 1;
                    if (row < at.T && column == 0) dz_z[at.kept(head, row)] = dz_zs[m][half];
                }
        }
        const bf16 *const keys = tiles + tile % 2 * 2 * tile_size, *const values = keys + tile_size;
        const int s0 = tile * Tile;
        if (s0 < my_first + 16 * Rows) {
            sums<Rows, parts> scores, datt;
            multiply_by_rows<Width, Rows, parts>(scores, q, keys);
            multiply_by_rows<Width, Rows, parts>(datt, dz_rows, values);
            STEPGPT_UNROLL
            for (int m = 0; m < Rows; ++m)
                STEPGPT_UNROLL
                for (int half = 0; half < 2; ++half) {
                    const int t = my_first + 16 * m + 8 * half + g;
                    STEPGPT_UNROLL
                    for (int n = 0; n < parts; ++n) {
                        const int s = s0 + 8 * n + column;
                        float2 factor{1, 1};
                        if constexpr (Drops) factor = kept.pair(at.weight(head, t, s));
                        float *const score = scores[m][n].sum + 2 * half, *const d = datt[m][n].sum + 2 * half;
                        slope(score[0], d[0], s <= t, log_sums[m][half], dz_zs[m][half], factor.x);
                        slope(score[1], d[1], s + 1 <= t, log_sums[m][half], dz_zs[m][half], factor.y);
                    }
                }
            multiply_by_columns<Width, Rows, parts>(dq, datt, keys);
        }
        __syncthreads();
    }
    store_sums<Width, Rows>(dq, one, my_first, at.T, at.D, [=](int t) { return dqkv + at.query(head, t); });
}

// dv[s] = sum over t of att[t,s] dz[t],  dk[s] = sum over t of dscore[t,s] q[t].
template <int Width, int Rows, int Tile, bool Drops>
__global__ void __launch_bounds__(tensor_threads)
    attention_tensor_backward_keys(const bf16* dz, const bf16* qkv, const float* log_sum, const float* dz_z, bf16* dqkv,
                                   attention_shape at, dropout_factor mask) {
    const dropout_factor kept = mask.here();
    constexpr int block_rows = 64 * Rows, parts = Tile / 8, tile_size = Tile * tile_stride<Width>;
    STEPGPT_DYNAMIC_SHARED(bf16, keys);                                       // (block_rows,Width)
    bf16* const values = keys + block_rows * tile_stride<Width>;              // (block_rows,Width)
    bf16* const tiles = values + block_rows * tile_stride<Width>;             // 2 of queries and dz
    float* const numbers = reinterpret_cast<float*>(tiles + 4 * tile_size);   // 2 of log_sum (Tile) and dz_z (Tile)
    const attention_block mine = block_of_keys(at, block_rows);
    const int head = mine.head, first = mine.first;
    const int g = threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
    const int my_first = first + threadIdx.x / 32 * 16 * Rows;
    const int first_tile = first / Tile, count = (at.T + Tile - 1) / Tile;
    const softmax_slope slope{at.scale<float>()};

    const auto fetch = [=](int tile) {
        const int t0 = tile * Tile;
        bf16* const to = tiles + tile % 2 * 2 * tile_size;
        fetch_tile<Tile, Width>(to, qkv + at.query(head, t0), 3 * at.C, at.T - t0, at.D);
        fetch_tile<Tile, Width>(to + tile_size, dz + at.row(head, t0), at.C, at.T - t0, at.D);
        for (int i = threadIdx.x; i < 2 * Tile; i += tensor_threads)
            numbers[tile % 2 * 2 * Tile + i] =
                t0 + i % Tile < at.T ? (i < Tile ? log_sum : dz_z)[at.kept(head, t0 + i % Tile)] : 0;
    };
    fetch_tile<block_rows, Width>(keys, qkv + at.query(head, first) + at.C, 3 * at.C, at.T - first, at.D);
    fetch_tile<block_rows, Width>(values, qkv + at.query(head, first) + 2 * at.C, 3 * at.C, at.T - first, at.D);
    fetch(first_tile);
    cp_async_commit();

    operands<Rows, Width / 16> k, v;
    sums<Rows, Width / 8> dk, dv;
    clear<Rows, Width / 8>(dk);
    clear<Rows, Width / 8>(dv);
    for (int tile = first_tile; tile < count; ++tile) {
        if (tile + 1 < count) fetch(tile + 1);
        cp_async_commit();
        cp_async_wait<1>();
        __syncthreads();
        if (tile == first_tile) {
            load_operands<Width, Rows>(k, keys, my_first - first);
            load_operands<Width, Rows>(v, values, my_first - first);
        }
        const bf16 *const queries = tiles + tile % 2 * 2 * tile_size, *const dzs = queries + tile_size;
        const float *const log_sums = numbers + tile % 2 * 2 * Tile, *const dz_zs = log_sums + Tile;
        const int t0 = tile * Tile;
        if (t0 + Tile > my_first) {   // not all of it is before this warp's keys
            sums<Rows, parts> scores, datt;                                   // (keys, queries): transposed
            multiply_by_rows<Width, Rows, parts>(scores, k, queries);
            multiply_by_rows<Width, Rows, parts>(datt, v, dzs);
            STEPGPT_UNROLL
            for (int n = 0; n < parts; ++n)
                STEPGPT_UNROLL
                for (int e = 0; e < 2; ++e) {
                    const int i = 8 * n + column + e, t = t0 + i;
                    const float its_log_sum = log_sums[i], its_dz_z = dz_zs[i];
                    STEPGPT_UNROLL
                    for (int m = 0; m < Rows; ++m)
                        STEPGPT_UNROLL
                        for (int half = 0; half < 2; ++half) {
                            const int s = my_first + 16 * m + 8 * half + g;
                            float factor = 1;
                            if constexpr (Drops) factor = kept.at<float>(at.weight(head, t, s));
                            slope(scores[m][n].sum[2 * half + e], datt[m][n].sum[2 * half + e], s <= t && t < at.T,
                                  its_log_sum, its_dz_z, factor);
                        }
                }
            multiply_by_columns<Width, Rows, parts>(dv, scores, dzs);
            multiply_by_columns<Width, Rows, parts>(dk, datt, queries);
        }
        __syncthreads();
    }
    float one[Rows][2];
    STEPGPT_UNROLL
    for (int m = 0; m < Rows; ++m) one[m][0] = one[m][1] = 1;
    const auto to = [=](int part) { return [=](int s) { return dqkv + at.query(head, s) + part * at.C; }; };
    store_sums<Width, Rows>(dk, one, my_first, at.T, at.D, to(1));
    store_sums<Width, Rows>(dv, one, my_first, at.T, at.D, to(2));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
