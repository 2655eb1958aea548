// The matrix product  C (M,N) = A (M,K) B (K,N),  or C += A B, at the speed of the machine.
//
// Three loops and a hierarchy of memories. C is divided into rectangles, two a thread if they are worth it: so a thread that
// another program holds up keeps the others waiting for half of its share. Each rectangle is computed by one thread alone:
//
//     for each block of `block_columns` columns of C and B
//       for each block of `block_depth` k                     B's block, packed into panels, stays in the last cache
//         for each block of `block_rows` rows                 A's block, packed if its k is strided, stays in the second
//           for each panel of B, for each panel of A          a tile of C in registers (matmul_tile.hpp)
//
// Every element of C is the sum over k in the same order, whichever thread has it and however many there are: the same
// bits on 1 thread and on 64. A and B are views, so the three products of training are one function:
//     y = x W         matmul(simd{}, matrix(x, in), matrix(W, out), ...)
//     dx = dy W^T     matmul(simd{}, matrix(dy, out), matrix(W, out).transposed(), ...)
//     dW += x^T dy    matmul(simd{}, matrix(x, in).transposed(), matrix(dy, out), ...)
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/matmul_bf16.hpp>
#include <stepgpt/kernel/matmul_pack.hpp>
#include <stepgpt/kernel/matmul_tile.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/kernel/scratch.hpp>

namespace stepgpt {

// What else can be done while data is near. A caller's own type has the same three functions.
struct nothing_more {
    // The row with which the sums of all rows of C begin, from this column on; null: with 0. Not together with into::add.
    template <class Real>
    const Real* start(const Real* /*C*/, std::size_t /*column*/) const {
        return nullptr;
    }

    // Called once for every panel of B, in the order of k: rows k .. k + depth of columns column .. column + count; row k'
    // is at rows + (k' - k) * stride. With bf16 products only if B's rows lie ready.
    template <class Real>
    void panel(const Real* /*rows*/, std::size_t /*stride*/, std::size_t /*k*/, std::size_t /*depth*/,
               std::size_t /*column*/, std::size_t /*count*/) const {}

    // Called once for every tile of C when it is complete: rows x columns elements from (row, column).
    void tile(std::size_t /*row*/, std::size_t /*column*/, std::size_t /*rows*/, std::size_t /*columns*/) const {}
};

namespace detail {

// Multiplications of a thread's share, some 100 microseconds of them, from which on it is divided once more.
inline constexpr std::size_t worth_halving = 5'000'000;

// How C is divided: down x across rectangles.
struct rectangles {
    std::size_t down, across;
};

// The division whose largest rectangle is least work. Packing an element costs about as much as 16 multiplications.
template <class Real>
rectangles divide(std::size_t M, std::size_t N, std::size_t K) {
    if (M * N * K < 32768) return {1, 1};                          // a few microseconds: not worth a second thread
    const auto threads = static_cast<std::size_t>(thread_count());
    const std::size_t pieces = threads > 1 && M * N * K / threads >= worth_halving ? 2 * threads : threads;
    rectangles best{1, 1};
    std::size_t least = static_cast<std::size_t>(-1);
    for (std::size_t down = 1; down <= pieces; ++down) {
        const std::size_t across = pieces / down;
        const std::size_t m = round_up(divide_up(M, down), tile_rows), n = round_up(divide_up(N, across), tile_columns<Real>);
        const std::size_t cost = m * n + 16 * (m + n);
        if (cost < least) best = {down, across}, least = cost;
    }
    return best;
}

// One rectangle: M x N of C from (row, column).
template <class Real, class More>
void multiply_rectangle(std::size_t row, std::size_t column, std::size_t M, std::size_t N, std::size_t K, matrix_view<Real> A,
                        matrix_view<Real> B, Real* C, std::size_t c_row, bool add, Real* packed_a, Real* packed_b,
                        const More& more) {
    constexpr std::size_t width = tile_columns<Real>;
    const std::size_t depth = equal_blocks(K, block_depth, 4), columns = equal_blocks(N, block_columns, width);
    for (std::size_t jc = 0; jc < N; jc += columns)
        for (std::size_t pc = 0; pc < K; pc += depth) {
            const std::size_t n = std::min(columns, N - jc), k = std::min(depth, K - pc);
            const bool first = pc == 0, last = pc + k == K, packs_a = A.column_stride != 1 && n > width;
            for (std::size_t ic = 0; ic < M; ic += block_rows)
                for (std::size_t j = 0; j < n; j += width) {                 // this panel of B stays near ...
                    const std::size_t c_j = column + jc + j, tile_n = std::min(width, n - j);
                    const bool lies_ready = B.column_stride == 1 && tile_n == width;
                    const bool by_tile = lies_ready && M > tile_rows, used_once = lies_ready && M <= tile_rows;
                    Real* const panel = packed_b + j * k;
                    if (ic == 0 && !lies_ready) pack_panel<width>(panel, B.from(pc, c_j), k, tile_n);
                    for (std::size_t i = ic; i < std::min(M, ic + block_rows); i += tile_rows) {   // ... while A passes by
                        const std::size_t c_i = row + i, tile_m = std::min(tile_rows, M - i);
                        const bool whole = tile_m == tile_rows;
                        operands<Real> from{A.at(c_i, pc), A.row_stride, A.column_stride, panel, width};
                        if (packs_a && whole) {
                            Real* const copy = packed_a + (i - ic) * k;
                            if (j == 0) from.a_copy = copy;
                            else from.a = copy, from.a_row = 1, from.a_k = tile_rows;
                        }
                        if (used_once || (by_tile && i == 0)) from.b = B.at(pc, c_j), from.b_k = B.row_stride;
                        if (by_tile && i == 0) from.b_copy = panel;
                        if (first) from.start = more.start(C, c_j);
                        multiply_tile(tile_m, tile_n, k, from, C + c_i * c_row + c_j, c_row, add || !first);
                        if (last) more.tile(c_i, c_j, tile_m, tile_n);
                    }
                    if (ic == 0 && row == 0)
                        more.panel(used_once ? B.at(pc, c_j) : panel, used_once ? B.row_stride : width, pc, k, c_j, tile_n);
                }
        }
}

}  // namespace detail

// C (M,N) = or += A (M,K) B (K,N). Row i of C is at C + i * c_row.
template <class Real, class More = nothing_more>
void matmul(simd, matrix_view<Real> A, matrix_view<Real> B, Real* C, std::size_t c_row, std::size_t M, std::size_t N,
            std::size_t K, into how = into::write, const More& more = {}) {
    using namespace detail;
    if (M == 0 || N == 0) return;
    if (K == 0) {                                                        // an empty sum
        const Real* const start = more.start(C, 0);
        for (std::size_t i = 0; i < M && how == into::write; ++i)
            for (std::size_t j = 0; j < N; ++j) C[i * c_row + j] = start ? start[j] : Real(0);
        more.tile(0, 0, M, N);
        return;
    }
    const rectangles grid = divide<Real>(M, N, K);
    const std::size_t tiles_down = divide_up(M, tile_rows), panels_across = divide_up(N, tile_columns<Real>);
    const std::size_t a_size = block_rows * block_depth;
    const std::size_t b_size = round_up(std::min(N, block_columns), tile_columns<Real>) * block_depth;
    struct packed;
    const std::size_t pieces = grid.down * grid.across;                  // may be fewer than there are threads
    const std::size_t threads = std::min<std::size_t>(pieces, thread_count());
    Real* const memory = scratch<Real, packed>(threads * (a_size + b_size));

    const bool rounds_factors = bf16_products();
    const auto share = [=, &more](team t) {
        Real* const mine = memory + t.thread() * (a_size + b_size);
        t.each(pieces, [=, &more](std::size_t r) {
            const std::size_t i = r / grid.across, j = r % grid.across;
            const std::size_t row = tiles_down * i / grid.down * tile_rows;
            const std::size_t row_end = std::min(M, tiles_down * (i + 1) / grid.down * tile_rows);
            const std::size_t column = panels_across * j / grid.across * tile_columns<Real>;
            const std::size_t column_end = std::min(N, panels_across * (j + 1) / grid.across * tile_columns<Real>);
            if (row >= row_end || column >= column_end) return;
            if constexpr (std::is_same_v<Real, float>)
                if (rounds_factors)
                    return multiply_rectangle_bf16(row, column, row_end - row, column_end - column, K, A, B, C, c_row,
                                                   how == into::add, reinterpret_cast<bf16_pair*>(mine),
                                                   reinterpret_cast<bf16_pair*>(mine + a_size), more);
            multiply_rectangle(row, column, row_end - row, column_end - column, K, A, B, C, c_row, how == into::add, mine,
                               mine + a_size, more);
        });
    };
    if (threads > 1) parallel_team(share, threads);
    else share(team());
}

}  // namespace stepgpt
