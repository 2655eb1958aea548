// Causal self-attention for `cuda` and `cuda_sim`; the equations and shapes are those of kernel/attention.hpp.
//
// A ladder, each rung checked against the plain loops of `cpu`:
//     attention_naive_forward     a thread a query, three passes over its keys             (here)
//     attention_rows_*            four lanes a query, tiles in shared memory, one pass      attention_rows.cuh
//     attention_tensor_*          tensor cores, bf16                                        attention_tensor.cuh
// Used: tensor cores for bf16 if a head has at most 128 channels and a multiple of 8, else rows. None stores a (T,T)
// matrix: a query and head keeps one number, the logarithm of its sum.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>

#include <stepgpt/core/error.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/kernel/attention_rows.cuh>
#include <stepgpt/kernel/attention_shape.cuh>
#include <stepgpt/kernel/attention_tensor.cuh>
#include <stepgpt/kernel/attention_tensor_backward.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// The first rung, to be read: the largest score, the sum of the exponentials, the mixture. Every score is computed
// thrice.
template <class Real>
__global__ void attention_naive_forward(const Real* qkv, Real* z, accumulator<Real>* log_sum, attention_shape at,
                                        dropout_factor mask, int heads) {
    const dropout_factor kept = mask.here();
    using Sum = accumulator<Real>;
    const int t = blockIdx.x * blockDim.x + threadIdx.x, head = blockIdx.y;
    if (t >= at.T || head >= heads) return;
    const Real* const q = qkv + at.query(head, t);
    const auto score = [&](int s) {
        const Real* const k = qkv + at.query(head, s) + at.C;
        Sum dot = 0;
        for (int d = 0; d < at.D; ++d) dot += static_cast<Sum>(q[d]) * static_cast<Sum>(k[d]);
        return dot * at.scale<Sum>();
    };
    Sum largest = -INFINITY, sum = 0;
    for (int s = 0; s <= t; ++s) largest = max(largest, score(s));
    for (int s = 0; s <= t; ++s) sum += exp(score(s) - largest);
    for (int d = 0; d < at.D; ++d) {
        Sum mixture = 0;
        for (int s = 0; s <= t; ++s)
            mixture += exp(score(s) - largest) / sum * kept.at<Sum>(at.weight(head, t, s)) *
                       static_cast<Sum>(qkv[at.query(head, s) + 2 * at.C + d]);
        z[at.row(head, t) + d] = rounded<Real>(mixture);
    }
    log_sum[at.kept(head, t)] = largest + log(sum);
}

// Calls use(integral_constant<int, Width>) with the least width that holds D channels.
template <int... Widths>
void with_width(std::size_t D, auto use) {
    const bool found = ((D <= Widths && (use(std::integral_constant<int, Widths>{}), true)) || ...);
    if (!found)
        throw error({.where = "attention on cuda",
                     .found = "heads of " + std::to_string(D) + " channels",
                     .wanted = "at most 256",
                     .hint = "more heads (n_head) make them smaller"});
}

inline unsigned attention_blocks(std::size_t B, std::size_t T, std::size_t H, std::size_t rows) {
    return static_cast<unsigned>(B * H * ((T + rows - 1) / rows));
}

// Whether tensor cores take it: rows must begin at multiples of 16 bytes.
template <class Real>
bool attention_on_tensor_cores(std::size_t D) {
    return std::same_as<Real, bf16> && D % 8 == 0 && D <= 128;
}

inline std::size_t attention_memory(gpu, std::size_t /*T*/) { return 1; }

// The tensor cores' launches: use(width, drops), both known when compiling.
inline void on_tensor_cores(std::size_t D, bool drops, auto use) {
    with_width<64, 128>(D, [&](auto width) {
        if (drops) use(width, std::true_type{});
        else use(width, std::false_type{});
    });
}

template <class Real>
void attention_forward(gpu, const Real* qkv, Real* z, accumulator<Real>* att, const dropout_mask& mask, std::size_t B,
                       std::size_t T, std::size_t C, std::size_t H) {
    if (B * T * C == 0) return;
    const attention_shape at{static_cast<int>(T), static_cast<int>(C), static_cast<int>(H), static_cast<int>(C / H)};
    const dropout_factor kept(mask);
    if constexpr (std::same_as<Real, bf16>)
        if (attention_on_tensor_cores<Real>(C / H))
            return on_tensor_cores(C / H, mask.active(), [&](auto width, auto drops) {
                constexpr int Rows = width == 64 ? 2 : 1;
                launch(attention_tensor_forward<width, Rows, drops>, attention_blocks(B, T, H, 64 * Rows),
                       tensor_threads, tensor_forward_shared<width, Rows>(), qkv, z, att, at, kept);
            });
    with_width<32, 64, 128, 256>(C / H, [&](auto width) {
        launch(attention_rows_forward<Real, width>, attention_blocks(B, T, H, attention_rows), attention_row_threads,
               2 * attention_rows * width * sizeof(accumulator<Real>), qkv, z, att, at, kept);
    });
}

// dqkv is written, not added to.
template <class Real>
void attention_backward(gpu, const Real* dz, const Real* qkv, const Real* z, const accumulator<Real>* att, Real* dqkv,
                        const dropout_mask& mask, std::size_t B, std::size_t T, std::size_t C, std::size_t H) {
    if (B * T * C == 0) return;
    const attention_shape at{static_cast<int>(T), static_cast<int>(C), static_cast<int>(H), static_cast<int>(C / H)};
    const dropout_factor kept(mask);
    struct products;
    accumulator<Real>* const dz_z = device_scratch<accumulator<Real>, products>(B * H * T);   // (B,H,T)
    if constexpr (std::same_as<Real, bf16>)
        if (attention_on_tensor_cores<Real>(C / H))
            return on_tensor_cores(C / H, mask.active(), [&](auto width, auto drops) {
                constexpr int Tile = width == 64 ? 64 : 32;
                constexpr std::size_t shared = tensor_backward_shared<width, 1, Tile>();
                const unsigned blocks = attention_blocks(B, T, H, 64);
                launch(attention_tensor_backward_queries<width, 1, Tile, drops>, blocks, tensor_threads, shared, dz,
                       qkv, z, att, dz_z, dqkv, at, kept);
                launch(attention_tensor_backward_keys<width, 1, Tile, drops>, blocks, tensor_threads, shared, dz, qkv,
                       att, dz_z, dqkv, at, kept);
            });
    with_width<32, 64, 128, 256>(C / H, [&](auto width) {
        const unsigned blocks = attention_blocks(B, T, H, attention_rows);
        const std::size_t shared = 2 * attention_rows * width * sizeof(accumulator<Real>);
        launch(attention_rows_backward_queries<Real, width>, blocks, attention_row_threads, shared, dz, qkv, z, att,
               dz_z, dqkv, at, kept);
        launch(attention_rows_backward_keys<Real, width>, blocks, attention_row_threads, shared, dz, qkv, att, dz_z,
               dqkv, at, kept);
    });
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
