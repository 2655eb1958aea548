// What differs from one training step to the next, and what a step tells, for `cuda` and `cuda_sim`: numbers that lie on the
// device, so that a step that was recorded once can be replayed (cuda/record.cuh), and nothing has to come back on the way.
//
// The program writes batch_numbers before each batch and update_numbers before each step; kernels write the rest:
//     loss = mean over the batches of (sum of losses / asked),   norm = || gradient ||,   scale = clip / norm if norm is larger
//     learns = whether both are finite: if not, the update leaves every weight as it was
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/kernel/sum_of.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Sum>
struct batch_numbers {
    std::uint32_t step = 0;          // dropout draws by it
    std::uint32_t first = 1;         // of its update: sums over batches begin with it
    Sum dloss = 0;                   // what a token's loss counts in the update's
    double asked = 0, batches = 1;   // targets that are asked; batches of an update
};

template <class Sum>
struct update_numbers {
    Sum beta1 = 0, beta2 = 0, shrink = 0, rate = 0, root = 0, eps = 0;     // AdamW's
    Sum lr = 0, momentum = 0, decay = 0;                                   // SGD's
    double clip = 0;                 // largest norm of the gradient; 0: no limit
    std::uint32_t t = 0;             // steps, this one included: rounding draws by it
    std::uint32_t learns = 1;        // 0: leave the weights alone
    Sum scale = 1;                   // of the gradient
    double loss = 0, norm = 0;       // what came of it
};

// Neither infinite nor NaN: of these, only other numbers less themselves are zero.
__device__ inline bool finite_number(double x) { return x - x == 0; }

template <class Sum>
__global__ void __launch_bounds__(1024)
    note_losses(const Sum* losses, std::size_t n, const batch_numbers<Sum>* batch, update_numbers<Sum>* update) {
    __shared__ double shared[32];
    const double sum = sum_by_one_block(losses, n, shared);
    if (threadIdx.x != 0) return;
    const double mean = batch->asked > 0 ? sum / batch->asked : 0;
    update->loss = (batch->first ? 0 : update->loss) + mean / batch->batches;
}

// squares: sums of parts of the gradient's squares.
template <class Sum>
__global__ void __launch_bounds__(1024) note_norm(const double* squares, std::size_t n, update_numbers<Sum>* update) {
    __shared__ double shared[32];
    const double norm = sqrt(sum_by_one_block(squares, n, shared));
    if (threadIdx.x != 0) return;
    update->norm = norm;
    update->learns = finite_number(norm) && finite_number(update->loss);
    update->scale = static_cast<Sum>(update->clip > 0 && norm > update->clip ? update->clip / norm : 1.0);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
