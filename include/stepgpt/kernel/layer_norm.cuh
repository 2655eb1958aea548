// Layer normalisation for `cuda` and `cuda_sim`: kernel/layer_norm.hpp has the equations and the shapes.
//
//     layer_norm_naive_forward    a thread a row: right, and slow, since neighbours read addresses that lie C apart
//     layer_norm_rows_forward     a warp a row, sixteen bytes a lane; the second and third look at a row find it in the cache
//     layer_norm_parts_backward   a block some rows: dx by warps, and its share of dweight and dbias column by column
//
// The sum of two tensors can be normalised in the same pass (residual_layer_norm_forward): the stream is written, and read
// again while it is still near. The way back adds the gradient that flows past the norm as it writes
// (residual_layer_norm_backward).
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/layer_norm.hpp>
#include <stepgpt/kernel/part_sums.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real>
__global__ void layer_norm_naive_forward(const Real* x, const Real* weight, const Real* bias, Real* y, accumulator<Real>* mean,
                                         accumulator<Real>* rstd, int rows, int C) {
    using Sum = accumulator<Real>;
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    const Real* x_row = x + static_cast<std::size_t>(r) * C;
    Real* y_row = y + static_cast<std::size_t>(r) * C;
    Sum sum = 0, squares = 0;
    for (int c = 0; c < C; ++c) sum += static_cast<Sum>(x_row[c]);
    const Sum m = sum / C;
    for (int c = 0; c < C; ++c) squares += (static_cast<Sum>(x_row[c]) - m) * (static_cast<Sum>(x_row[c]) - m);
    const Sum s = 1 / sqrt(squares / C + Sum(layer_norm_epsilon));
    for (int c = 0; c < C; ++c)
        y_row[c] = rounded<Real>((static_cast<Sum>(x_row[c]) - m) * s * static_cast<Sum>(weight[c]) + static_cast<Sum>(bias[c]));
    mean[r] = m;
    rstd[r] = s;
}

// With b: x = a + b is written first, and then normalised as it was rounded; without (null): a is normalised.
template <int Count, class Real>
__global__ void layer_norm_rows_forward(const Real* a, const Real* b, Real* x, const Real* weight, const Real* bias, Real* y,
                                        accumulator<Real>* mean, accumulator<Real>* rstd, int rows, int C) {
    using Sum = accumulator<Real>;
    const int r = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (r >= rows) return;                                          // the whole warp together
    const std::size_t row = static_cast<std::size_t>(r) * C;
    const Real* x_row = (b ? x : a) + row;
    Sum sum = 0;
    for (int c = lane * Count; c < C; c += 32 * Count) {
        pack<Real, Count> numbers = load<Count>(a + row + c);
        if (b) {
            const pack<Real, Count> others = load<Count>(b + row + c);
            for (int j = 0; j < Count; ++j)
                numbers.at[j] = rounded<Real>(static_cast<Sum>(numbers.at[j]) + static_cast<Sum>(others.at[j]));
            store(x + row + c, numbers);                            // this lane reads it again below
        }
        for (int j = 0; j < Count; ++j) sum += static_cast<Sum>(numbers.at[j]);
    }
    const Sum m = sum_of_warp(sum) / C;
    Sum squares = 0;
    for (int c = lane * Count; c < C; c += 32 * Count) {
        const pack<Real, Count> numbers = load<Count>(x_row + c);
        for (int j = 0; j < Count; ++j) squares += (static_cast<Sum>(numbers.at[j]) - m) * (static_cast<Sum>(numbers.at[j]) - m);
    }
    const Sum s = 1 / sqrt(sum_of_warp(squares) / C + Sum(layer_norm_epsilon));
    for (int c = lane * Count; c < C; c += 32 * Count) {
        pack<Real, Count> numbers = load<Count>(x_row + c);
        const pack<Real, Count> gains = load<Count>(weight + c), offsets = load<Count>(bias + c);
        for (int j = 0; j < Count; ++j) {
            const Sum normalised = (static_cast<Sum>(numbers.at[j]) - m) * s;
            numbers.at[j] = rounded<Real>(normalised * static_cast<Sum>(gains.at[j]) + static_cast<Sum>(offsets.at[j]));
        }
        store(y + row + c, numbers);
    }
    if (lane == 0) {
        mean[r] = m;
        rstd[r] = s;
    }
}

// Block p has rows p rows_each .. and leaves its share of (dweight, dbias) in shares + p 2C. Eight warps take a row each for
// dx, to which dstream is added if there is one; then every thread adds what these eight rows mean for its own columns, found
// in the cache: two columns, if numbers can be moved several at once, so that a warp still asks for 128 bytes of bf16.
template <int Count, class Real>
__global__ void __launch_bounds__(256)
    layer_norm_parts_backward(const Real* dy, const Real* x, const Real* weight, const accumulator<Real>* mean,
                              const accumulator<Real>* rstd, const Real* dstream, Real* dx, accumulator<Real>* shares, int rows,
                              int C, int rows_each) {
    using Sum = accumulator<Real>;
    constexpr int Columns = Count > 1 ? 2 : 1;
    STEPGPT_DYNAMIC_SHARED(Sum, share);                             // (2,C); column c belongs to thread c / Columns % 256
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int first = blockIdx.x * rows_each, last = min(rows, first + rows_each);
    for (int c = threadIdx.x; c < 2 * C; c += 256) share[c] = 0;
    __syncthreads();
    for (int row = first; row < last; row += 8) {
        if (const int r = row + warp; r < last) {
            const std::size_t begin = static_cast<std::size_t>(r) * C;
            const Sum m = mean[r], s = rstd[r];
            Sum sum_g = 0, sum_g_normalised = 0;
            for (int c = lane * Count; c < C; c += 32 * Count) {
                const auto dys = load<Count>(dy + begin + c), xs = load<Count>(x + begin + c), gains = load<Count>(weight + c);
                for (int j = 0; j < Count; ++j) {
                    const Sum g = static_cast<Sum>(dys.at[j]) * static_cast<Sum>(gains.at[j]);
                    sum_g += g;
                    sum_g_normalised += g * (static_cast<Sum>(xs.at[j]) - m) * s;
                }
            }
            const Sum mean_g = sum_of_warp(sum_g) / C, mean_g_normalised = sum_of_warp(sum_g_normalised) / C;
            for (int c = lane * Count; c < C; c += 32 * Count) {
                const auto dys = load<Count>(dy + begin + c), xs = load<Count>(x + begin + c), gains = load<Count>(weight + c);
                pack<Real, Count> result{};
                if (dstream) result = load<Count>(dstream + begin + c);
                for (int j = 0; j < Count; ++j) {
                    const Sum normalised = (static_cast<Sum>(xs.at[j]) - m) * s;
                    const Sum g = static_cast<Sum>(dys.at[j]) * static_cast<Sum>(gains.at[j]);
                    const Sum through = (g - mean_g - normalised * mean_g_normalised) * s;
                    result.at[j] = rounded<Real>(dstream ? static_cast<Sum>(result.at[j]) + through : through);
                }
                store(dx + begin + c, result);
            }
        }
        for (int c = threadIdx.x * Columns; c < C; c += 256 * Columns) {
            Sum dweight[Columns], dbias[Columns];
            for (int j = 0; j < Columns; ++j) dweight[j] = share[c + j], dbias[j] = share[C + c + j];
            for (int r = row; r < min(last, row + 8); ++r) {
                const std::size_t at = static_cast<std::size_t>(r) * C + c;
                const auto dys = load<Columns>(dy + at), xs = load<Columns>(x + at);
                const Sum m = mean[r], s = rstd[r];
                for (int j = 0; j < Columns; ++j) {
                    const Sum dy_c = static_cast<Sum>(dys.at[j]);
                    dweight[j] += dy_c * (static_cast<Sum>(xs.at[j]) - m) * s;
                    dbias[j] += dy_c;
                }
            }
            for (int j = 0; j < Columns; ++j) share[c + j] = dweight[j], share[C + c + j] = dbias[j];
        }
    }
    for (int c = threadIdx.x * Columns; c < C; c += 256 * Columns)
        for (int j = c; j < c + Columns; ++j) {
            shares[static_cast<std::size_t>(blockIdx.x) * 2 * C + j] = share[j];
            shares[static_cast<std::size_t>(blockIdx.x) * 2 * C + C + j] = share[C + j];
        }
}

inline constexpr std::size_t layer_norm_warps = 8;                  // of a block

// x = a + b, y = layer norm of x.
template <class Real>
void residual_layer_norm_forward(gpu, const Real* a, const Real* b, Real* x, const Real* weight, const Real* bias, Real* y,
                                 accumulator<Real>* mean, accumulator<Real>* rstd, std::size_t rows, std::size_t C) {
    if (rows == 0) return;
    const auto run = [&](auto kernel) {
        launch(kernel, blocks_for(rows, layer_norm_warps), 32 * layer_norm_warps, 0, a, b, x, weight, bias, y, mean, rstd,
               static_cast<int>(rows), static_cast<int>(C));
    };
    const bool packs = in_packs(C, a, weight, bias, y) && (!b || in_packs(C, b, x));
    if (packs) run(layer_norm_rows_forward<pack_size<Real>, Real>);
    else run(layer_norm_rows_forward<1, Real>);
}

template <class Real>
void layer_norm_forward(gpu, const Real* x, const Real* weight, const Real* bias, Real* y, accumulator<Real>* mean,
                        accumulator<Real>* rstd, std::size_t rows, std::size_t C) {
    residual_layer_norm_forward<Real>(gpu{}, x, nullptr, nullptr, weight, bias, y, mean, rstd, rows, C);
}

// dx is written, and may be dstream; dweight and dbias are added to. How rows are divided depends on their number alone.
template <class Real>
void residual_layer_norm_backward(gpu, const Real* dy, const Real* x, const Real* weight, const accumulator<Real>* mean,
                                  const accumulator<Real>* rstd, const Real* dstream, Real* /*dnorm*/, Real* dx, Real* dweight,
                                  Real* dbias, std::size_t rows, std::size_t C) {
    using Sum = accumulator<Real>;
    if (rows == 0) return;
    const std::size_t rows_each = std::max<std::size_t>(8, (rows + 511) / 512), parts = (rows + rows_each - 1) / rows_each;
    struct gradient_shares;
    Sum* const shares = device_scratch<Sum, gradient_shares>(parts * 2 * C);                   // (parts,2,C)
    const auto run = [&](auto kernel) {
        launch(kernel, static_cast<unsigned>(parts), 256, 2 * C * sizeof(Sum), dy, x, weight, mean, rstd, dstream, dx, shares,
               static_cast<int>(rows), static_cast<int>(C), static_cast<int>(rows_each));
    };
    const bool packs = in_packs(C, dy, x, weight, dx) && (!dstream || in_packs(C, dstream));
    if (packs) run(layer_norm_parts_backward<pack_size<Real>, Real>);
    else run(layer_norm_parts_backward<1, Real>);
    add_parts(shares, dweight, C, parts, 2 * C);
    add_parts(shares + C, dbias, C, parts, 2 * C);
}

template <class Real>
void layer_norm_backward(gpu, const Real* dy, const Real* x, const Real* weight, const accumulator<Real>* mean,
                         const accumulator<Real>* rstd, Real* dx, Real* dweight, Real* dbias, std::size_t rows, std::size_t C) {
    residual_layer_norm_backward<Real>(gpu{}, dy, x, weight, mean, rstd, nullptr, nullptr, dx, dweight, dbias, rows, C);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
