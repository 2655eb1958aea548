// C (N,N) = A (N,N) B (N,N), from three loops to tiles in registers. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <stepgpt/core/simd.hpp>

using stepgpt::batch, stepgpt::lanes;

// 1. By the book: an element of C is a row of A times a column of B. For every multiplication two numbers are fetched,
// and those of B lie N apart: each drags 15 neighbours into the cache that are not needed now.
inline void by_the_book(const float* A, const float* B, float* C, std::size_t N) {
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < N; ++j) {
            float sum = 0;
            for (std::size_t k = 0; k < N; ++k) sum += A[i * N + k] * B[k * N + j];
            C[i * N + j] = sum;
        }
}

// 2. The same loops in another order: now B and C are walked row by row, neighbours are used, and the compiler makes
// vectors. What limits: every multiply-add still loads a vector of B and of C, and stores one.
inline void row_by_row(const float* A, const float* B, float* C, std::size_t N) {
    std::fill_n(C, N * N, 0.0f);
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t k = 0; k < N; ++k) {
            const float a = A[i * N + k];   // in a variable: the compiler need not fear that C[i,j] changes it
            for (std::size_t j = 0; j < N; ++j) C[i * N + j] += a * B[k * N + j];
        }
}

// A tile of C, 6 rows and 2 vectors wide, that stays in registers while k runs: 2 loads of B and 6 of A for 12
// multiply-adds, and C is written once. Row k of B is at b + k * b_row. Twelve sums also hide that a multiply-add takes
// 4 cycles.
inline void tile(const float* a, std::size_t a_row, const float* b, std::size_t b_row, float* c, std::size_t c_row,
                 std::size_t rows, std::size_t K) {
    constexpr std::size_t W = lanes<float>;
    if (rows < 6) {   // the last rows: one by one
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < 2; ++j) {
                batch<float> sum(0.0f);
                for (std::size_t k = 0; k < K; ++k)
                    sum = stepgpt::fused_multiply_add(batch<float>(a[i * a_row + k]),
                                                      batch<float>::load_unaligned(b + k * b_row + j * W), sum);
                sum.store_unaligned(c + i * c_row + j * W);
            }
        return;
    }
    batch<float> sum[6][2];
#pragma GCC unroll 6
    for (std::size_t i = 0; i < 6; ++i) sum[i][0] = sum[i][1] = batch<float>(0.0f);
    for (std::size_t k = 0; k < K; ++k) {
        const auto left = batch<float>::load_unaligned(b + k * b_row),
                   right = batch<float>::load_unaligned(b + k * b_row + W);
#pragma GCC unroll 6
        for (std::size_t i = 0; i < 6; ++i) {
            const batch<float> element(a[i * a_row + k]);
            sum[i][0] = stepgpt::fused_multiply_add(element, left, sum[i][0]);
            sum[i][1] = stepgpt::fused_multiply_add(element, right, sum[i][1]);
        }
    }
#pragma GCC unroll 6
    for (std::size_t i = 0; i < 6; ++i) {
        sum[i][0].store_unaligned(c + i * c_row);
        sum[i][1].store_unaligned(c + i * c_row + W);
    }
}

// 3. Tiles. N is a multiple of two vectors. What limits: rows of B lie N apart, so a column of tiles touches as many
// pages and as few cache lines in each as there are rows.
inline void in_tiles(const float* A, const float* B, float* C, std::size_t N) {
    for (std::size_t i = 0; i < N; i += 6)
        for (std::size_t j = 0; j < N; j += 2 * lanes<float>)
            tile(A + i * N, N, B + j, N, C + i * N + j, N, std::min<std::size_t>(6, N - i), N);
}

// 4. Tiles on a packed B: two vectors wide panels, copied once so that they are read in one stream, and all tiles that
// need a panel follow one another while it is in the cache.
inline void packed(const float* A, const float* B, float* C, std::size_t N, std::vector<float>& panel) {
    constexpr std::size_t wide = 2 * lanes<float>;
    panel.resize(N * wide);
    for (std::size_t j = 0; j < N; j += wide) {
        for (std::size_t k = 0; k < N; ++k) std::copy_n(B + k * N + j, wide, panel.data() + k * wide);
        for (std::size_t i = 0; i < N; i += 6)
            tile(A + i * N, N, panel.data(), wide, C + i * N + j, N, std::min<std::size_t>(6, N - i), N);
    }
}
