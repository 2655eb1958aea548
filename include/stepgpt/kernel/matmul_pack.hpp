// Packing: a panel of B is copied into the order in which the tile reads it, so that it reads memory strictly forwards.
//
// A panel holds the columns of one tile, row after row: to[k * width + j] = B(k, j). Each packed element is used once for
// every tile that meets its panel, which repays the copy. Here are the panels that need more than a copy: those whose
// columns lie ready instead of their rows (B is a transposed matrix), and those that are cut by B's edge. Others are packed
// by the first tile that meets them (matmul_tile.hpp).
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/kernel/matmul_tile.hpp>

namespace stepgpt::detail {

// to[j * to_row + i] = from[i * from_row + j] for i, j < 4.
template <class Real>
void transpose_4x4(const Real* from, std::size_t from_row, Real* to, std::size_t to_row) {
    typedef Real four __attribute__((vector_size(4 * sizeof(Real)), aligned(alignof(Real)), may_alias));
    const auto row = [=](std::size_t i) { return reinterpret_cast<const four*>(from + i * from_row); };
    const four r0 = *row(0), r1 = *row(1), r2 = *row(2), r3 = *row(3);
    const four a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), b = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    const four c = __builtin_shufflevector(r0, r1, 2, 6, 3, 7), d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    const auto column = [=](std::size_t j) { return reinterpret_cast<four*>(to + j * to_row); };
    *column(0) = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    *column(1) = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    *column(2) = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    *column(3) = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

// to[k * width + j] = from(k, j) for k < K, j < count; zero for count <= j < width.
template <std::size_t width, class Real>
void pack_panel(Real* to, matrix_view<Real> from, std::size_t K, std::size_t count) {
    std::size_t k = 0;
    if (from.column_stride == 1 && count == width) {            // rows lie ready: copy them
        for (; k < K; ++k) std::memcpy(to + k * width, from.at(k, 0), width * sizeof(Real));
    } else if (from.row_stride == 1) {                          // columns lie ready: transpose small squares
        for (; k + 4 <= K; k += 4) {
            std::size_t j = 0;
            for (; j + 4 <= count; j += 4) transpose_4x4(from.at(k, j), from.column_stride, to + k * width + j, width);
            for (; j < width; ++j)
                for (std::size_t i = k; i < k + 4; ++i) to[i * width + j] = j < count ? *from.at(i, j) : Real(0);
        }
    }
    for (; k < K; ++k)                                          // whatever is left
        for (std::size_t j = 0; j < width; ++j) to[k * width + j] = j < count ? *from.at(k, j) : Real(0);
}

}  // namespace stepgpt::detail
