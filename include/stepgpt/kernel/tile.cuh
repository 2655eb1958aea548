// Tiles of bf16 in shared memory, and the fragments of a tensor core: what matmul_tensor.cuh and the attention share.
//
// A tile of R rows and W columns (W a multiple of 16) lies with 8 numbers between its rows: eight rows at one column
// then begin in eight different groups of four banks, and ldmatrix reads them without a conflict. Fragments: how the
// lanes of a warp hold matrices between them is told in cuda/mma.cuh.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/mma.cuh>
#include <stepgpt/cuda/ptx.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <int Columns>
inline constexpr int tile_stride = Columns + 8;

struct fragment_a { std::uint32_t pair[4]; };   // (16,16) bf16
struct fragment_b { std::uint32_t pair[2]; };   // (16,8)  bf16
struct fragment_c { float sum[4]; };            // (16,8)  float: rows g and g + 8, columns 2t and 2t + 1

// Starts to copy Rows x Columns of a row-major matrix; what lies outside its `rows` and `columns` is zero. `columns`,
// `stride` and the address are multiples of 8 numbers. Complete after cp_async_wait and a barrier.
template <int Rows, int Columns>
__device__ void fetch_tile(bf16* tile, const bf16* from, std::size_t stride, int rows, int columns) {
    constexpr int pieces = Columns / 8;
    for (int i = threadIdx.x; i < Rows * pieces; i += blockDim.x) {
        const int r = i / pieces, c = i % pieces * 8;
        const bool inside = r < rows && c < columns;
        cp_async_16_or_zero(tile + r * tile_stride<Columns> + c, inside ? from + r * stride + c : from, inside);
    }
}

// A from a tile that holds it [row][k], and from one that holds it [k][row].
template <int Columns>
__device__ fragment_a load_a(const bf16* tile, int row, int k) {
    const int lane = threadIdx.x % 32;
    fragment_a a;
    ldmatrix_x4(a.pair, tile + (row + lane % 16) * tile_stride<Columns> + k + lane / 16 * 8);
    return a;
}
template <int Columns>
__device__ fragment_a load_a_transposed(const bf16* tile, int row, int k) {
    const int lane = threadIdx.x % 32;
    fragment_a a;
    ldmatrix_x4<true>(a.pair, tile + (k + lane / 16 * 8 + lane % 8) * tile_stride<Columns> + row + lane / 8 % 2 * 8);
    return a;
}

// Two neighbouring Bs, columns column .. column + 15, from a tile that holds B [k][column], and from one [column][k].
template <int Columns>
__device__ void load_b(fragment_b (&b)[2], const bf16* tile, int k, int column) {
    const int lane = threadIdx.x % 32;
    std::uint32_t four[4];
    ldmatrix_x4<true>(four, tile + (k + lane % 16) * tile_stride<Columns> + column + lane / 16 * 8);
    b[0] = {{four[0], four[1]}};
    b[1] = {{four[2], four[3]}};
}
template <int Columns>
__device__ void load_b_transposed(fragment_b (&b)[2], const bf16* tile, int k, int column) {
    const int lane = threadIdx.x % 32;
    std::uint32_t four[4];
    ldmatrix_x4(four, tile + (column + lane / 16 * 8 + lane % 8) * tile_stride<Columns> + k + lane / 8 % 2 * 8);
    b[0] = {{four[0], four[1]}};
    b[1] = {{four[2], four[3]}};
}

__device__ inline void multiply_add(fragment_c& c, const fragment_a& a, const fragment_b& b) {
    mma_16x8x16_bf16(c.sum, a.pair, b.pair);
}

// Two results side by side, rounded, are the operand of the next product: the lanes hold both in the same way.
__device__ inline fragment_a as_operand(const fragment_c& left, const fragment_c& right) {
    return {{pack_bf16(left.sum[0], left.sum[1]), pack_bf16(left.sum[2], left.sum[3]),
             pack_bf16(right.sum[0], right.sum[1]), pack_bf16(right.sum[2], right.sum[3])}};
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
