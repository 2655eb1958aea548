// The gradients of all weights together, for `cuda` and `cuda_sim`: their length, by a fixed tree, and their sum over the batches
// of an update.
//
// A bf16 gradient has eight bits. Of several batches added up in bf16 the later ones would be rounded away, so each batch's
// gradient is added to a float (optimized::sum), and the float is what the optimizer reads.
#pragma once

#include <cstddef>
#include <span>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/step_numbers.cuh>
#include <stepgpt/kernel/sum_of.cuh>
#include <stepgpt/kernel/weight_chunks.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Elements i .. i + n - 1, n at most 4.
template <class Real>
__device__ pack<accumulator<Real>, 4> get_gradients(const optimized<Real>& w, std::size_t i, int n) {
    if (w.sum) return load_four(w.sum + i, n);
    const pack<Real, 4> narrow = load_four(w.grad + i, n);
    pack<accumulator<Real>, 4> g;
    for (int k = 0; k < 4; ++k) g.at[k] = static_cast<accumulator<Real>>(narrow.at[k]);
    return g;
}

// sum = grad of the first batch, += grad of those that follow.
template <class Real>
__global__ void add_gradients_of_chunk(const optimized_chunks<Real>* all, int count,
                                       const batch_numbers<accumulator<Real>>* batch) {
    const chunk<Real> c = chunk_of_block(all, count);
    const bool first = batch->first;
    each_four(c, [&](std::size_t i, int n) {
        const pack<Real, 4> g = load_four(c.w.grad + i, n);
        pack<accumulator<Real>, 4> sum{};
        if (!first) sum = load_four(c.w.sum + i, n);
        for (int k = 0; k < 4; ++k) sum.at[k] += static_cast<accumulator<Real>>(g.at[k]);
        store_four(c.w.sum + i, sum, n);
    });
}

template <class Real>
__global__ void __launch_bounds__(256) squares_of_chunk(const optimized_chunks<Real>* all, int count, double* parts) {
    __shared__ double shared[32];
    const chunk<Real> c = chunk_of_block(all, count);
    double sum = 0;
    each_four(c, [&](std::size_t i, int n) {
        const auto four = get_gradients(c.w, i, n);
        for (int k = 0; k < 4; ++k) sum += static_cast<double>(four.at[k]) * static_cast<double>(four.at[k]);
    });
    sum = sum_of_block(sum, shared);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

template <class Real>
void add_gradients(gpu, const chunk_table<Real>& table, const batch_numbers<accumulator<Real>>* batch) {
    if (table.chunks > 0) launch(add_gradients_of_chunk<Real>, table.chunks, 256, 0, table.all, table.count, batch);
}

// The squares' sums, chunk by chunk: `table.chunks` of them.
template <class Real>
const double* squares_of(gpu, const chunk_table<Real>& table) {
    struct partial;
    double* const parts = device_scratch<double, partial>(static_cast<std::size_t>(table.chunks));
    if (table.chunks > 0)
        launch(squares_of_chunk<Real>, table.chunks, 256, 0, table.all, table.count, parts);
    return parts;
}

// Writes the norm, and what follows from it, where the update will find it.
template <class Real>
void note_gradient_norm(gpu, const chunk_table<Real>& table, update_numbers<accumulator<Real>>* update) {
    const auto n = static_cast<std::size_t>(table.chunks);
    const double* const parts = squares_of(gpu{}, table);
    launch(note_norm<accumulator<Real>>, 1, threads_of_one_block(n), 0, parts, n, update);
}

// The sum of the squares of all gradients, here.
template <class Real>
double sum_of_squares_all(gpu, std::span<const optimized<Real>> gradients) {
    const chunk_table<Real> table = table_of(gradients);
    if (table.chunks == 0) return 0;
    return sum_of(gpu{}, squares_of(gpu{}, table), static_cast<std::size_t>(table.chunks));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
