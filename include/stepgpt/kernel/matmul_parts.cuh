// What the matrix products for GPUs share: matrices as they lie in memory, what is done with each result, and in which
// order the blocks of a grid take C's tiles.
#pragma once

#include <cstddef>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/ptx.cuh>
#include <stepgpt/kernel/gelu_element.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Element (i, j) is at data[i * stride + j]; of a transposed one at data[j * stride + i].
template <class Real>
struct device_matrix {
    const Real* data;
    std::size_t stride;
    bool is_transposed = false;

    device_matrix transposed() const { return {data, stride, !is_transposed}; }

    template <bool Transposed>
    __device__ accumulator<Real> at(int i, int j) const {
        return static_cast<accumulator<Real>>(data[Transposed ? j * stride + i : i * stride + j]);
    }
    __device__ accumulator<Real> at(int i, int j) const { return is_transposed ? at<true>(i, j) : at<false>(i, j); }
};

// A row-major matrix whose rows have `columns` elements, one after the other.
template <class Real>
device_matrix<Real> rows_of(const Real* data, std::size_t columns) {
    return {data, columns};
}

// What happens to an element of the product A B before it is stored.
enum class finish {
    write,        // c = AB
    add,          // c += AB
    bias,         // c = AB + bias
    bias_gelu,    // pre = AB + bias, c = gelu(pre)
    gelu_slope,   // c = AB gelu'(pre)
};

template <class Real, finish How>
struct epilogue {
    Real* c;                      // (M,N), rows `stride` apart; so is pre
    std::size_t stride;
    const Real* bias = nullptr;   // (N)
    Real* pre = nullptr;          // (M,N)

    __device__ void operator()(int row, int column, accumulator<Real> value) const {
        const std::size_t i = row * stride + column;
        using Sum = accumulator<Real>;
        if constexpr (How == finish::add) value += static_cast<Sum>(c[i]);
        if constexpr (How == finish::bias || How == finish::bias_gelu) value += static_cast<Sum>(bias[column]);
        if constexpr (How == finish::bias_gelu) {
            pre[i] = rounded<Real>(value);
            value = gelu_element(value);
        }
        if constexpr (How == finish::gelu_slope) value *= gelu_slope_element(static_cast<Sum>(pre[i]));
        c[i] = rounded<Real>(value);
    }
};

// Which tile of C a block computes. Blocks that run at the same time should need the same rows of A and columns of B,
// so that the second cache answers: eight tiles down, then one across, and so on.
struct tile_place {
    int row, column;   // in tiles
};
__device__ inline tile_place tile_of_block(int M, int N, int side) {
    constexpr int group = 8;
    const int down = (M + side - 1) / side, across = (N + side - 1) / side;
    const int block = blockIdx.x, first = block / (group * across) * group;
    const int rows = min(group, down - first), inside = block % (group * across);
    return {first + inside % rows, inside / rows};
}
inline unsigned tiles(std::size_t M, std::size_t N, std::size_t side) {
    return static_cast<unsigned>((M + side - 1) / side * ((N + side - 1) / side));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
