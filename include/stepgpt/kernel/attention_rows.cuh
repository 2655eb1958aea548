// Attention without a (T,T) matrix, on ordinary arithmetic: four lanes hold one row between them and meet the others'
// rows tile by tile in shared memory. For any type and any head of up to 256 channels.
//
// Forward keeps a running maximum and a running sum (Milakov and Gimelshein 2018, "Online normalizer calculation for
// softmax") and stores the logarithm of each row's sum. Backward computes the weights again from it, twice: once where
// a query gathers dq, once where a key gathers dk and dv. So every number has one owner who adds in one order: the same
// bits every time, without atomics.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <stepgpt/cuda/ptx.cuh>
#include <stepgpt/kernel/attention_shape.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline constexpr int attention_rows = 32;                           // of a block, and of a tile
inline constexpr int attention_row_threads = 4 * attention_rows;

// Four numbers that are loaded at once.
template <class Sum>
struct alignas(16) four {
    Sum v[4];
};

// A lane's quarter of a row of Width channels (a multiple of 16): the fours number 4 i + lane % 4.
template <class Sum, int Width>
struct row_share {
    four<Sum> part[Width / 16];

    __device__ void load(const auto* row, int D) {
        for (int i = 0; i < Width / 16; ++i)
            for (int j = 0; j < 4; ++j) {
                const int d = 16 * i + threadIdx.x % 4 * 4 + j;
                part[i].v[j] = d < D ? static_cast<Sum>(row[d]) : Sum(0);
            }
    }
    template <class Real>
    __device__ void store(Real* row, int D) const {
        for (int i = 0; i < Width / 16; ++i)
            for (int j = 0; j < 4; ++j) {
                const int d = 16 * i + threadIdx.x % 4 * 4 + j;
                if (d < D) row[d] = rounded<Real>(part[i].v[j]);
            }
    }
    __device__ void clear() { *this = {}; }
    __device__ void multiply(Sum factor) {
        for (auto& p : part)
            for (Sum& x : p.v) x *= factor;
    }
    // += weight times a row of a tile
    __device__ void add(Sum weight, const four<Sum>* row) {
        for (int i = 0; i < Width / 16; ++i) {
            const four<Sum> x = row[4 * i + threadIdx.x % 4];
            for (int j = 0; j < 4; ++j) part[i].v[j] += weight * x.v[j];
        }
    }
    // The product with a row of a tile: the four lanes add up theirs, and each has the sum.
    __device__ Sum dot(const four<Sum>* row) const {
        Sum sum = 0;
        for (int i = 0; i < Width / 16; ++i) {
            const four<Sum> x = row[4 * i + threadIdx.x % 4];
            for (int j = 0; j < 4; ++j) sum += part[i].v[j] * x.v[j];
        }
        return sum_of_four(sum);
    }
    static __device__ Sum sum_of_four(Sum sum) {
        const unsigned lanes = 0xfu << (threadIdx.x % 32 / 4 * 4);   // other rows of the warp may have ended before
        sum += __shfl_xor_sync(lanes, sum, 1);
        return sum + __shfl_xor_sync(lanes, sum, 2);
    }
};

// Rows 0 .. rows - 1 of a matrix into a tile; zero beyond D.
template <int Width, class Sum, class Real>
__device__ void load_rows(four<Sum>* tile, const Real* from, std::size_t stride, int rows, int D) {
    Sum* const to = tile->v;
    for (int i = threadIdx.x; i < rows * Width; i += attention_row_threads) {
        const int r = i / Width, d = i % Width;
        to[i] = d < D ? static_cast<Sum>(from[r * stride + d]) : Sum(0);
    }
}

template <class Real, int Width>
__global__ void __launch_bounds__(attention_row_threads)
    attention_rows_forward(const Real* qkv, Real* z, accumulator<Real>* log_sum, attention_shape at,
                           dropout_factor mask) {
    const dropout_factor kept = mask.here();
    using Sum = accumulator<Real>;
    STEPGPT_DYNAMIC_SHARED(four<Sum>, keys);                                  // (32,Width)
    four<Sum>* const values = keys + attention_rows * Width / 4;              // (32,Width)
    const attention_block mine = block_of_queries(at, attention_rows);
    const int head = mine.head, first = mine.first;
    const int t = first + static_cast<int>(threadIdx.x) / 4, end = t < at.T ? t + 1 : 0;
    const Sum scale = at.scale<Sum>();
    row_share<Sum, Width> q, mixture;
    if (t < at.T) q.load(qkv + at.query(head, t), at.D);
    mixture.clear();
    Sum largest = -INFINITY, sum = 0;
    for (int s0 = 0; s0 < min(at.T, first + attention_rows); s0 += attention_rows) {
        const Real* const key = qkv + at.query(head, s0) + at.C;
        load_rows<Width>(keys, key, 3 * at.C, min(attention_rows, at.T - s0), at.D);
        load_rows<Width>(values, key + at.C, 3 * at.C, min(attention_rows, at.T - s0), at.D);
        __syncthreads();
        for (int s = s0; s < min(end, s0 + attention_rows); ++s) {
            const Sum score = q.dot(keys + (s - s0) * Width / 4) * scale;
            if (score > largest) {                                            // what was added before counts for less
                const Sum shrink = exp(largest - score);
                sum *= shrink;
                mixture.multiply(shrink);
                largest = score;
            }
            const Sum weight = exp(score - largest);
            sum += weight;
            mixture.add(weight * kept.at<Sum>(at.weight(head, t, s)), values + (s - s0) * Width / 4);
        }
        __syncthreads();                                                      // the tile has been read
    }
    if (t >= at.T) return;
    mixture.multiply(1 / sum);
    mixture.store(z + at.row(head, t), at.D);
    if (threadIdx.x % 4 == 0) log_sum[at.kept(head, t)] = largest + log(sum);
}

// dq[t] = sum over s of dscore[t,s] k[s],  dscore = att (datt - dz . z) / sqrt(D);  dz_z (B,H,T) = dz . z is kept for
// the keys.
template <class Real, int Width>
__global__ void __launch_bounds__(attention_row_threads)
    attention_rows_backward_queries(const Real* dz, const Real* qkv, const Real* z, const accumulator<Real>* log_sum,
                                    accumulator<Real>* dz_z, Real* dqkv, attention_shape at, dropout_factor mask) {
    const dropout_factor kept = mask.here();
    using Sum = accumulator<Real>;
    STEPGPT_DYNAMIC_SHARED(four<Sum>, keys);
    four<Sum>* const values = keys + attention_rows * Width / 4;
    const attention_block mine = block_of_queries(at, attention_rows);
    const int head = mine.head, first = mine.first;
    const int t = first + static_cast<int>(threadIdx.x) / 4, end = t < at.T ? t + 1 : 0;
    const Sum scale = at.scale<Sum>();
    row_share<Sum, Width> q, dz_t, dq;
    Sum log_sum_t = 0, dz_z_t = 0;
    if (t < at.T) {
        q.load(qkv + at.query(head, t), at.D);
        dz_t.load(dz + at.row(head, t), at.D);
        dq.load(z + at.row(head, t), at.D);                                   // z, for a moment
        for (int i = 0; i < Width / 16; ++i)
            for (int j = 0; j < 4; ++j) dz_z_t += dz_t.part[i].v[j] * dq.part[i].v[j];
        dz_z_t = dq.sum_of_four(dz_z_t);
        log_sum_t = log_sum[at.kept(head, t)];
        if (threadIdx.x % 4 == 0) dz_z[at.kept(head, t)] = dz_z_t;
    }
    dq.clear();
    for (int s0 = 0; s0 < min(at.T, first + attention_rows); s0 += attention_rows) {
        const Real* const key = qkv + at.query(head, s0) + at.C;
        load_rows<Width>(keys, key, 3 * at.C, min(attention_rows, at.T - s0), at.D);
        load_rows<Width>(values, key + at.C, 3 * at.C, min(attention_rows, at.T - s0), at.D);
        __syncthreads();
        for (int s = s0; s < min(end, s0 + attention_rows); ++s) {
            const four<Sum>* const k = keys + (s - s0) * Width / 4;
            const Sum att = exp(q.dot(k) * scale - log_sum_t);
            const Sum datt = dz_t.dot(values + (s - s0) * Width / 4) * kept.at<Sum>(at.weight(head, t, s));
            dq.add(att * (datt - dz_z_t) * scale, k);
        }
        __syncthreads();
    }
    if (t < at.T) dq.store(dqkv + at.query(head, t), at.D);
}

// dv[s] = sum over t of att[t,s] dz[t],  dk[s] = sum over t of dscore[t,s] q[t], for the keys and values of 32
// positions.
template <class Real, int Width>
__global__ void __launch_bounds__(attention_row_threads)
    attention_rows_backward_keys(const Real* dz, const Real* qkv, const accumulator<Real>* log_sum,
                                 const accumulator<Real>* dz_z, Real* dqkv, attention_shape at, dropout_factor mask) {
    const dropout_factor kept = mask.here();
    using Sum = accumulator<Real>;
    STEPGPT_DYNAMIC_SHARED(four<Sum>, queries);
    four<Sum>* const dzs = queries + attention_rows * Width / 4;
    const attention_block mine = block_of_keys(at, attention_rows);
    const int head = mine.head, first = mine.first;
    const int s = first + static_cast<int>(threadIdx.x) / 4;
    const Sum scale = at.scale<Sum>();
    row_share<Sum, Width> k, v, dk, dv;
    if (s < at.T) {
        k.load(qkv + at.query(head, s) + at.C, at.D);
        v.load(qkv + at.query(head, s) + 2 * at.C, at.D);
    }
    dk.clear();
    dv.clear();
    for (int t0 = first; t0 < at.T; t0 += attention_rows) {
        const int end = s < at.T ? min(at.T, t0 + attention_rows) : 0;
        load_rows<Width>(queries, qkv + at.query(head, t0), 3 * at.C, min(attention_rows, at.T - t0), at.D);
        load_rows<Width>(dzs, dz + at.row(head, t0), at.C, min(attention_rows, at.T - t0), at.D);
        __syncthreads();
        for (int t = max(s, t0); t < end; ++t) {
            const four<Sum>*const q = queries + (t - t0) * Width / 4, *const dz_t = dzs + (t - t0) * Width / 4;
            const Sum att = exp(k.dot(q) * scale - log_sum[at.kept(head, t)]);
            const Sum kept_ts = kept.at<Sum>(at.weight(head, t, s));
            dv.add(att * kept_ts, dz_t);
            dk.add(att * (v.dot(dz_t) * kept_ts - dz_z[at.kept(head, t)]) * scale, q);
        }
        __syncthreads();
    }
    if (s >= at.T) return;
    dk.store(dqkv + at.query(head, s) + at.C, at.D);
    dv.store(dqkv + at.query(head, s) + 2 * at.C, at.D);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
