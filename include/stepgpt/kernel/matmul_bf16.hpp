// The matrix product of floats whose factors are rounded to bf16 on the way: C (M,N) = or += A (M,K) B (K,N), sums in float.
//
// Where the processor multiplies pairs of bf16 (core/simd_bf16.hpp), this takes about half of the time. Weights, activations
// and gradients stay floats; only what the product reads is rounded, to 8 bits, in the pass that packs it. A product of
// two numbers of 8 bits is exact in float, so no error is added in the sums beyond float's own.
//
// The loops are those of kernel/matmul.hpp. Both operands are always packed, padded with zeros to whole tiles and pairs, so
// there is one tile and no edge inside it:
//     A's panel    6 rows of words: pairs along k          B's panel    for each pair of k, a word for every column
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/core/simd_bf16.hpp>
#include <stepgpt/kernel/matmul_pack.hpp>
#include <stepgpt/kernel/matmul_tile.hpp>

namespace stepgpt::detail {

// Where packed words of A lie: (i, k) at words[i * row + k * pair].
struct bf16_rows {
    bf16_pair* words;
    std::size_t row, pair;
};

// 6 rows of A, of which `count` are there, for K of k.
inline bf16_rows pack_rows(bf16_pair* to, matrix_view<float> A, std::size_t count, std::size_t K) {
    constexpr std::size_t W = lanes<float>;
    const std::size_t pairs = divide_up(K, 2), whole = K / 2;
    const auto element = [&](std::size_t i, std::size_t k) { return i < count && k < K ? *A.at(i, k) : 0.f; };
    if (A.column_stride == 1) {                                      // rows lie ready
        for (std::size_t i = 0; i < tile_rows; ++i) {
            bf16_pair* const row = to + i * pairs;
            std::size_t k = 0;
            if (i < count)
                for (; k + W <= whole; k += W) pairs_of_neighbours(A.at(i, 2 * k)).store_unaligned(row + k);
            for (; k < pairs; ++k) row[k] = pair_of(element(i, 2 * k), element(i, 2 * k + 1));
        }
        return {to, pairs, 1};
    }
    std::size_t k = 0;
    if (W >= tile_rows && A.row_stride == 1) {                       // columns lie ready, and a vector holds one
        const part_vector<float> there{count};
        for (; k < whole; ++k) {
            const bf16_pairs words = pairs_of(there.load(A.at(0, 2 * k)), there.load(A.at(0, 2 * k + 1)));
            alignas(64) bf16_pair lane[std::max(W, tile_rows)];
            words.store_aligned(lane);
            std::copy_n(lane, tile_rows, to + k * tile_rows);
        }
    }
    for (; k < pairs; ++k)
        for (std::size_t i = 0; i < tile_rows; ++i) to[k * tile_rows + i] = pair_of(element(i, 2 * k), element(i, 2 * k + 1));
    return {to, 1, tile_rows};
}

// A tile's columns of B, of which `count` are there, for K of k.
inline void pack_columns(bf16_pair* to, matrix_view<float> B, std::size_t K, std::size_t count) {
    constexpr std::size_t W = lanes<float>, width = tile_columns<float>;
    const std::size_t pairs = divide_up(K, 2), whole = K / 2;
    std::size_t k = 0;
    if (B.column_stride == 1 && count == width) {                    // rows lie ready
        for (; k < whole; ++k)
            for (std::size_t j = 0; j < width; j += W)
                pairs_of(batch<float>::load_unaligned(B.at(2 * k, j)), batch<float>::load_unaligned(B.at(2 * k + 1, j)))
                    .store_unaligned(to + k * width + j);
    } else if (B.row_stride == 1) {                                  // columns lie ready: pack W pairs of each, then transpose
        alignas(64) bf16_pair column[width][W];
        std::fill(&column[0][0], &column[0][0] + width * W, 0);
        for (; k + W <= whole; k += W) {
            for (std::size_t j = 0; j < count; ++j) pairs_of_neighbours(B.at(2 * k, j)).store_aligned(column[j]);
            for (std::size_t p = 0; p < W; p += 4)
                for (std::size_t j = 0; j < width; j += 4) transpose_4x4(&column[j][p], W, to + (k + p) * width + j, width);
        }
    }
    const auto element = [&](std::size_t k, std::size_t j) { return j < count && k < K ? *B.at(k, j) : 0.f; };
    for (; k < pairs; ++k)
        for (std::size_t j = 0; j < width; ++j) to[k * width + j] = pair_of(element(2 * k, j), element(2 * k + 1, j));
}

// The m x n corner of a tile of C (6 x width) = start + A B, or += A B.
inline void multiply_tile_bf16(std::size_t pairs, bf16_rows A, const bf16_pair* b, const float* start, float* c, std::size_t c_row,
                               std::size_t m, std::size_t n, bool add) {
    constexpr std::size_t W = lanes<float>, R = tile_rows, V = tile_vectors;
    batch<float> sum[R][V];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 8
        for (std::size_t j = 0; j < V; ++j) sum[i][j] = batch<float>(0.f);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; j += W) __builtin_prefetch(c + i * c_row + j, 1);
    const bf16_pair* a = A.words;
#pragma GCC unroll 4
    for (std::size_t k = 0; k < pairs; ++k, a += A.pair, b += V * W) {
        bf16_pairs b_row[V];
#pragma GCC unroll 8
        for (std::size_t j = 0; j < V; ++j) b_row[j] = bf16_pairs::load_unaligned(b + j * W);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < R; ++i) {
            const bf16_pairs a_element(a[i * A.row]);
#pragma GCC unroll 8
            for (std::size_t j = 0; j < V; ++j) sum[i][j] = add_products(a_element, b_row[j], sum[i][j]);
        }
    }
    if (m == R && n == V * W) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 8
            for (std::size_t j = 0; j < V; ++j) {
                float* const p = c + i * c_row + j * W;
                const float* const before = add ? p : start ? start + j * W : nullptr;
                (before ? batch<float>::load_unaligned(before) + sum[i][j] : sum[i][j]).store_unaligned(p);
            }
        return;
    }
    alignas(64) float tile[R][V * W];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 8
        for (std::size_t j = 0; j < V; ++j) sum[i][j].store_aligned(&tile[i][j * W]);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            float& at = c[i * c_row + j];
            at = (add ? at : start ? start[j] : 0.f) + tile[i][j];
        }
}

// One rectangle: M x N of C from (row, column).
template <class More>
void multiply_rectangle_bf16(std::size_t row, std::size_t column, std::size_t M, std::size_t N, std::size_t K,
                             matrix_view<float> A, matrix_view<float> B, float* C, std::size_t c_row, bool add,
                             bf16_pair* packed_a, bf16_pair* packed_b, const More& more) {
    constexpr std::size_t width = tile_columns<float>;
    const std::size_t depth = equal_blocks(K, block_depth, 4), columns = equal_blocks(N, block_columns, width);
    bf16_rows panels[block_rows / tile_rows];
    for (std::size_t jc = 0; jc < N; jc += columns)
        for (std::size_t pc = 0; pc < K; pc += depth) {
            const std::size_t n = std::min(columns, N - jc), k = std::min(depth, K - pc), pairs = divide_up(k, 2);
            const bool first = pc == 0, last = pc + k == K;
            for (std::size_t ic = 0; ic < M; ic += block_rows)
                for (std::size_t j = 0; j < n; j += width) {
                    const std::size_t c_j = column + jc + j, tile_n = std::min(width, n - j);
                    bf16_pair* const panel = packed_b + j * pairs;
                    if (ic == 0) pack_columns(panel, B.from(pc, c_j), k, tile_n);
                    for (std::size_t i = ic; i < std::min(M, ic + block_rows); i += tile_rows) {
                        const std::size_t c_i = row + i, tile_m = std::min(tile_rows, M - i);
                        bf16_rows& rows = panels[(i - ic) / tile_rows];
                        if (j == 0) rows = pack_rows(packed_a + (i - ic) * pairs, A.from(c_i, pc), tile_m, k);
                        multiply_tile_bf16(pairs, rows, panel, first ? more.start(C, c_j) : nullptr, C + c_i * c_row + c_j, c_row,
                                           tile_m, tile_n, add || !first);
                        if (last) more.tile(c_i, c_j, tile_m, tile_n);
                    }
                    if (ic == 0 && row == 0 && B.column_stride == 1)
                        more.panel(B.at(pc, c_j), B.row_stride, pc, k, c_j, tile_n);
                }
        }
}

}  // namespace stepgpt::detail
