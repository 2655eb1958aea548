// The products of blocked attention, made of the matrix product's tiles, and how its work is divided.
//
// A block of scores has one row for each of its queries and stops at the diagonal, tile by tile. With x and y a head's
// queries, keys, values or their gradients:
//     attention_scores      scores = x y^T        q k^T, dz v^T
//     attention_sums        y = scores x          att v, dscores k
//     attention_key_sums    dx += scores^T dy     dv, dk
// Not here: the softmax between them (kernel/attention_blocked.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/matmul_pack.hpp>
#include <stepgpt/kernel/matmul_tile.hpp>

namespace stepgpt::detail {

inline constexpr std::size_t query_block = 16 * tile_rows;   // queries that are worked on at a time, at most

// The sizes of one call, and how its work is divided.
template <class Real>
struct attention_plan {
    static constexpr std::size_t width = tile_columns<Real>;

    std::size_t B, T, C, H;
    std::size_t D = C / H;
    Real scale = 1 / std::sqrt(static_cast<Real>(D));
    std::size_t row = round_up(round_up(T, 16) + tile_rows, 16) | 16;   // of scores: room for whole vectors, and an odd
                                                                        // number of cache lines: a column's share no set
    // Two blocks of scores should stay in the second cache.
    std::size_t block = equal_blocks(T, std::clamp(32768 / row, query_block / 2, query_block), tile_rows);
    std::size_t wide_T = round_up(T, width), wide_D = round_up(D, width);
    std::size_t parts = std::clamp<std::size_t>(32 / (B * H), 1, divide_up(T, block));

    std::size_t tasks() const { return B * H * parts; }

    // Queries of a part: equal areas of the triangle, hence the root.
    std::size_t first_query(std::size_t part) const {
        if (part == parts) return T;
        const double share = std::sqrt(static_cast<double>(part) / static_cast<double>(parts));
        return static_cast<std::size_t>(share * static_cast<double>(T)) / block * block;
    }

    // Numbers that a thread needs for itself.
    std::size_t packed_columns() const { return wide_T * D; }   // K^T or V^T: panels of keys
    std::size_t packed_rows() const { return T * wide_D; }      // K or V: panels of channels
    std::size_t packed_block() const { return block * wide_D; }
    std::size_t scores() const { return block * row; }
};

// Panels of M (K,N), one after another.
template <class Real>
void pack_panels(Real* to, matrix_view<Real> M, std::size_t K, std::size_t N) {
    constexpr std::size_t width = tile_columns<Real>;
    for (std::size_t j = 0; j < N; j += width) pack_panel<width>(to + j * K, M.from(0, j), K, std::min(width, N - j));
}

// C (m,N) = or += A (m,K) B (K,N), m <= 6. Of the packed B, panels are `depth` rows deep, and rows from `first` on are meant.
template <class Real>
void multiply_rows(std::size_t m, std::size_t N, std::size_t K, matrix_view<Real> A, const Real* packed, std::size_t depth,
                   std::size_t first, Real* C, std::size_t c_row, bool add) {
    constexpr std::size_t width = tile_columns<Real>;
    for (std::size_t j = 0; j < N; j += width)
        multiply_tile(m, std::min(width, N - j), K,
                      operands<Real>{A.data, A.row_stride, A.column_stride, packed + j * depth + first * width, width},
                      C + j, c_row, add);
}

// scores[i,s] = x[t0 + i] . y[s] for the m queries from t0 and all s up to the end of i's tile, and on to the end of a
// vector: what stands there is no score, or one of the future; y packed as columns.
template <class Real>
void attention_scores(const attention_plan<Real>& plan, matrix_view<Real> x, const Real* packed_y, std::size_t t0,
                      std::size_t m, Real* scores) {
    for (std::size_t i = 0; i < m; i += tile_rows) {
        const std::size_t tile_m = std::min(tile_rows, m - i);
        multiply_rows(tile_m, round_up(t0 + i + tile_m, lanes<Real>), plan.D, x.from(t0 + i, 0), packed_y, plan.D, 0,
                      scores + i * plan.row, plan.row, false);
    }
}

// y[t0 + i] = sum over s of scores[i,s] x[s]; x packed as rows.
template <class Real>
void attention_sums(const attention_plan<Real>& plan, const Real* scores, const Real* packed_x, std::size_t t0, std::size_t m,
                    Real* y, std::size_t y_row) {
    for (std::size_t i = 0; i < m; i += tile_rows) {
        const std::size_t tile_m = std::min(tile_rows, m - i);
        multiply_rows(tile_m, plan.D, t0 + i + tile_m, matrix(scores + i * plan.row, plan.row), packed_x, plan.T, 0,
                      y + (t0 + i) * y_row, y_row, false);
    }
}

// dx[s] += sum over i of scores[i,s] dy[t0 + i] for all keys s; dy's block packed as rows. The keys that no block of this
// part has met before, those from `fresh` on, are written.
template <class Real>
void attention_key_sums(const attention_plan<Real>& plan, const Real* scores, const Real* packed_dy, std::size_t t0,
                        std::size_t m, Real* dx, std::size_t dx_row, std::size_t fresh) {
    for (std::size_t s = 0; s < t0 + m; s += tile_rows) {
        const std::size_t keys = std::min(tile_rows, t0 + m - s), first = s > t0 ? s - t0 : 0;   // earlier queries see none
        multiply_rows(keys, plan.D, m - first, matrix(scores + first * plan.row + s, plan.row).transposed(), packed_dy, m,
                      first, dx + s * dx_row, dx_row, s < fresh);
    }
}

// Each of the products has B T (T + 1) / 2 dot products of C numbers; `tensors` of (B,T,C) are read or written.
template <class Real>
timed timed_attention(const char* name, std::size_t B, std::size_t T, std::size_t C, int products, int tensors) {
    const double rows = static_cast<double>(B * T), numbers = rows * static_cast<double>(C);
    return timed(name, products * numbers * static_cast<double>(T + 1), tensors * numbers * sizeof(Real));
}

}  // namespace stepgpt::detail
