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

template <class Real>
__device__ accumulator<Real> get_gradient(const optimized<Real>& w, std::size_t i) {
    return w.sum ? w.sum[i] : static_cast<accumulator<Real>>(w.grad[i]);
}

// sum = grad of the first batch, += grad of those that follow.
template <class Real>
__global__ void add_gradients_of_chunk(const optimized_chunks<Real>* all, int count,
                                       const batch_numbers<accumulator<Real>>* batch) {
    const chunk<Real> c = chunk_of_block(all, count);
    const bool first = batch->first;
    for (std::size_t i = c.begin + threadIdx.x; i < c.end; i += blockDim.x) {
        const auto g = static_cast<accumulator<Real>>(c.w.grad[i]);
        c.w.sum[i] = first ? g : c.w.sum[i] + g;
    }
}

template <class Real>
__global__ void __launch_bounds__(256) squares_of_chunk(const optimized_chunks<Real>* all, int count, double* parts) {
    __shared__ double shared[32];
    const chunk<Real> c = chunk_of_block(all, count);
    double sum = 0;
    for (std::size_t i = c.begin + threadIdx.x; i < c.end; i += blockDim.x) {
        const auto g = static_cast<double>(get_gradient(c.w, i));
        sum += g * g;
    }
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
