// Softmax, loss and gradient of a row of logits in one kernel, for `cuda` and `cuda_sim`: what a training step needs. The two
// kernels of cross_entropy.cuh, one after the other, are its plain form.
//     losses[r] = -log p[r,target],   logits[r,v] = (p[r,v] - (v == target)) dloss,   p[r,:] = softmax(logits[r,:])
//
// logits (rows,V), whose rows begin logits_stride(V) apart, become their gradient where they lie, and no probability is
// stored. A block reads its row twice, and the second time still finds most of it in the second cache. dloss lies on the
// device: in a step that was recorded it is another number each time (step_numbers.cuh). A negative target is not asked: its
// loss and its gradient are 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/cross_entropy.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <int Count, class Real>
__global__ void __launch_bounds__(512, 2)
    classifier_rows(Real* logits, const std::int32_t* targets, accumulator<Real>* losses, const accumulator<Real>* dloss, int V) {
    using Sum = accumulator<Real>;
    __shared__ Sum tops[32], sums[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    const std::size_t r = blockIdx.x;
    const int target = targets[r];
    Real* const row = logits + r * logits_stride(V);
    running_sum<Sum> mine{std::numeric_limits<Sum>::lowest(), 0};
    for (int v = threadIdx.x * Count; v < V; v += blockDim.x * Count) {
        const pack<Real, Count> numbers = load<Count>(row + v);
        for (int j = 0; j < Count; ++j)
            if (v + j < V) mine.add(static_cast<Sum>(numbers.at[j]));
    }
    mine.join_warp();
    if (lane == 0) {
        tops[warp] = mine.largest;
        sums[warp] = mine.sum;
    }
    if (threadIdx.x == 0) losses[r] = target < 0 ? Sum(0) : -static_cast<Sum>(row[target]);
    __syncthreads();                                                // the target's logit has been read, too
    mine = {lane < warps ? tops[lane] : std::numeric_limits<Sum>::lowest(), lane < warps ? sums[lane] : Sum(0)};
    mine.join_warp();
    const Sum log_sum = mine.largest + log(mine.sum), scale = target < 0 ? Sum(0) : *dloss;
    if (threadIdx.x == 0 && target >= 0) losses[r] += log_sum;
    for (int v = threadIdx.x * Count; v < V; v += blockDim.x * Count) {
        pack<Real, Count> numbers = load<Count>(row + v);
        for (int j = 0; j < Count; ++j) {
            const Sum p = exp(static_cast<Sum>(numbers.at[j]) - log_sum);
            numbers.at[j] = v + j < V ? rounded<Real>((p - Sum(v + j == target)) * scale) : Real(0);
        }
        store(row + v, numbers);
    }
}

// Blocks as large as a row of V keeps busy: the fewer rows are under way at once, the longer the cache remembers them. Two of
// them share a multiprocessor, so that one computes while the other waits for its warps.
inline unsigned threads_for_classifier(std::size_t V) { return V >= 8192 ? 512 : threads_for_row(V); }

template <class Real>
void cross_entropy_in_place(gpu, Real* logits, const std::int32_t* targets, accumulator<Real>* losses,
                            const accumulator<Real>* dloss, std::size_t rows, std::size_t V) {
    if (rows == 0) return;
    const auto run = [&](auto kernel) {
        launch(kernel, static_cast<unsigned>(rows), threads_for_classifier(V), 0, logits, targets, losses, dloss,
               static_cast<int>(V));
    };
    if (in_packs(logits_stride(V), logits)) run(classifier_rows<pack_size<Real>, Real>);
    else run(classifier_rows<1, Real>);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
