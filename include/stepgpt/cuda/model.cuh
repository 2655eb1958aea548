// A GPT on a GPU, or on its simulator: everything that gpt<float, cuda>, gpt<bf16, cuda> and gpt<float, cuda_sim> need beside
// <stepgpt/stepgpt.hpp>.
//
//     #include <stepgpt/stepgpt.hpp>
//     #include <stepgpt/cuda/model.cuh>                     // compiled by nvcc: cuda; by any other compiler: cuda_sim
//     gpt<bf16, gpu> model(sizes, seed);                    // the same layers, the same trainer
//
// Not here: any code of its own but the length of the gradient; the layers find the kernels through the device's tag, and the
// trainer finds cuda/learner.cuh and whoever writes cuda/chooser.cuh.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/cuda/chooser.cuh>
#include <stepgpt/cuda/device.cuh>
#include <stepgpt/cuda/learner.cuh>
#include <stepgpt/cuda/tensor.cuh>
#include <stepgpt/kernel/attention.cuh>
#include <stepgpt/kernel/attention_kept.cuh>
#include <stepgpt/kernel/cross_entropy.cuh>
#include <stepgpt/kernel/element_wise.cuh>
#include <stepgpt/kernel/embedding.cuh>
#include <stepgpt/kernel/layer_norm.cuh>
#include <stepgpt/kernel/linear.cuh>
#include <stepgpt/kernel/linear_gelu.cuh>
#include <stepgpt/kernel/low_rank.cuh>
#include <stepgpt/kernel/optimizer.cuh>
#include <stepgpt/kernel/unembedding.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// || g || over all trainable parameters together, in one launch for all of them.
template <class Real>
double gradient_norm(gpu, const std::vector<parameter_view<Real>>& all) {
    static thread_local std::vector<optimized<Real>> gradients;
    gradients.clear();
    for (const auto& p : all)
        if (*p.trainable) gradients.push_back({.grad = p.grad, .size = p.size});
    return std::sqrt(sum_of_squares_all(gpu{}, std::span<const optimized<Real>>(gradients)));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
