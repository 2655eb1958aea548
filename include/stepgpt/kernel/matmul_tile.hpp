// The innermost part of the matrix product: a tile of C, held in registers for a whole block of k.
//
// A tile has 6 rows and 4 vectors of columns where there are 32 vector registers (24 sums, 4 vectors of B, 1 element of A
// spread over a vector, and 3 to spare), else 6 rows and 2 vectors of 16. Every element read is used many times from
// registers: a vector of B 6 times, an element of A 4 times a lane. (After Goto and van de Geijn, "Anatomy of
// high-performance matrix multiplication", 2008, and BLIS, Van Zee and van de Geijn 2015.)
//
// Not here: which tiles there are, and where A and B come from: kernel/matmul.hpp.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include <stepgpt/core/simd.hpp>

namespace stepgpt {

// A matrix that lies somewhere: element (i, j) is data[i * row_stride + j * column_stride]. To transpose it is to exchange
// the strides; nothing is copied.
template <class Real>
struct matrix_view {
    const Real* data;
    std::size_t row_stride, column_stride;

    const Real* at(std::size_t i, std::size_t j) const { return data + i * row_stride + j * column_stride; }
    matrix_view from(std::size_t i, std::size_t j) const { return {at(i, j), row_stride, column_stride}; }
    matrix_view transposed() const { return {data, column_stride, row_stride}; }
};

// A row-major matrix with this many columns.
template <class Real>
matrix_view<Real> matrix(const Real* data, std::size_t columns) {
    return {data, columns, 1};
}

namespace detail {

constexpr std::size_t divide_up(std::size_t n, std::size_t by) { return (n + by - 1) / by; }
constexpr std::size_t round_up(std::size_t n, std::size_t multiple) { return divide_up(n, multiple) * multiple; }

// The length of equal blocks of n elements, a multiple of `unit` and hardly more than `most`.
constexpr std::size_t equal_blocks(std::size_t n, std::size_t most, std::size_t unit) {
    return round_up(divide_up(n, divide_up(n, most)), unit);
}

inline constexpr std::size_t tile_rows = 6;
inline constexpr std::size_t tile_vectors = vector_registers >= 32 ? 4 : 2;
template <class Real>
inline constexpr std::size_t tile_columns = tile_vectors * lanes<Real>;

// A panel of A (6 x 384 floats, 9 KB) stays in the first cache, a block of A (288 KB) and a panel of B (96 KB) in the second.
inline constexpr std::size_t block_depth = 384, block_rows = 192, block_columns = 1536;

// Where the operands of a tile lie: element (i, k) of A at a[i * a_row + k * a_k], row k of B at b + k * b_k. The first tile
// of a panel may leave copies in the order of reading, A's as 6 elements for each k, B's as rows: packing costs no pass of
// its own then.
template <class Real>
struct operands {
    const Real* a;
    std::size_t a_row, a_k;
    const Real* b;
    std::size_t b_k;
    Real* a_copy = nullptr;
    Real* b_copy = nullptr;
    const Real* start = nullptr;   // a row with which every row's sums begin; null: with 0
};

// C (rows x vectors) = A B, or C += A B. The last vector of a row of C has `last` elements. A plain `for` with constant
// bounds and this pragma keeps the sums in registers with GCC and with Clang; lambdas over an index_sequence do not with
// Clang (they cost it a factor of three).
//
// a_step and b_step are a_k and b_k where the compiler may know them (else 0): then four k need one step of each pointer
// instead of four, which counts where another thread shares the core and half of its instructions are not ours.
template <std::size_t rows, std::size_t vectors, bool copies_a = false, bool copies_b = false, std::size_t a_step = 0,
          std::size_t b_step = 0, class Real>
void multiply_tile(std::size_t K, operands<Real> from, Real* c, std::size_t c_row, std::size_t last, bool add) {
    constexpr std::size_t W = lanes<Real>, ahead = 12;   // rows of B to call for early where they lie far apart
    batch<Real> start[vectors], sum[rows][vectors];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < vectors; ++j) {
        if (!from.start) start[j] = batch<Real>(Real(0));
        else if (j + 1 < vectors || last == W) start[j] = batch<Real>::load_unaligned(from.start + j * W);
        else start[j] = part_vector<Real>{last}.load(from.start + j * W);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (std::size_t j = 0; j < vectors; ++j) {
            sum[i][j] = start[j];
            __builtin_prefetch(c + i * c_row + j * W, 1);   // needed when the sums are complete
        }
    const Real *a = from.a, *b = from.b;
    const std::size_t a_k = a_step ? a_step : from.a_k, b_k = b_step ? b_step : from.b_k;
    const std::size_t a_row = a_step == rows ? 1 : from.a_row;
#pragma GCC unroll 4
    for (std::size_t k = 0; k < K; ++k, a += a_k, b += b_k) {
        batch<Real> b_row[vectors];
#pragma GCC unroll 8
        for (std::size_t j = 0; j < vectors; ++j) {
            b_row[j] = batch<Real>::load_unaligned(b + j * W);
            if constexpr (copies_b) {
                __builtin_prefetch(b + ahead * from.b_k + j * W);
                b_row[j].store_unaligned(from.b_copy + (k * vectors + j) * W);
            }
        }
        if constexpr (copies_a) std::memcpy(from.a_copy + k * rows, a, rows * sizeof(Real));
#pragma GCC unroll 8
        for (std::size_t i = 0; i < rows; ++i) {
            const batch<Real> a_element(a[i * a_row]);
#pragma GCC unroll 8
            for (std::size_t j = 0; j < vectors; ++j) sum[i][j] = fused_multiply_add(a_element, b_row[j], sum[i][j]);
        }
    }
    const auto write = [&](auto at_last) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < rows; ++i)
#pragma GCC unroll 8
            for (std::size_t j = 0; j < vectors; ++j) {
                Real* const p = c + i * c_row + j * W;
                if (j + 1 < vectors) (add ? sum[i][j] + batch<Real>::load_unaligned(p) : sum[i][j]).store_unaligned(p);
                else at_last.store(p, add ? sum[i][j] + at_last.load(p) : sum[i][j]);
            }
    };
    if (last == W) write(whole_vector<Real>{});
    else write(part_vector<Real>{last});
}

// Calls work(constant) with the compile-time constant that equals n, 1 <= n <= most.
template <std::size_t most, class Work>
void with_constant(std::size_t n, Work&& work) {
    if constexpr (most > 1)
        if (n < most) return with_constant<most - 1>(n, std::forward<Work>(work));
    work(std::integral_constant<std::size_t, most>{});
}

// The same for a tile of m x n elements, m <= tile_rows, n <= tile_columns. Only a whole tile makes copies.
template <class Real>
void multiply_tile(std::size_t m, std::size_t n, std::size_t K, operands<Real> from, Real* c, std::size_t c_row, bool add) {
    constexpr std::size_t W = lanes<Real>, R = tile_rows, V = tile_vectors;
    if (m == R && n == V * W && (from.a_copy || from.b_copy)) {
        if (!from.b_copy) multiply_tile<R, V, true, false>(K, from, c, c_row, W, add);
        else if (!from.a_copy) multiply_tile<R, V, false, true>(K, from, c, c_row, W, add);
        else multiply_tile<R, V, true, true>(K, from, c, c_row, W, add);
        return;
    }
    if (m == R && n == V * W && from.b_k == V * W) {
        if (from.a_k == 1) return multiply_tile<R, V, false, false, 1, V * W>(K, from, c, c_row, W, add);
        if (from.a_k == R && from.a_row == 1) return multiply_tile<R, V, false, false, R, V * W>(K, from, c, c_row, W, add);
    }
    const std::size_t vectors = divide_up(n, W), last = n - (vectors - 1) * W;
    with_constant<R>(m, [=](auto rows) {
        with_constant<V>(vectors, [=](auto wide) {
            multiply_tile<decltype(rows)::value, decltype(wide)::value>(K, from, c, c_row, last, add);
        });
    });
}

}  // namespace detail
}  // namespace stepgpt
