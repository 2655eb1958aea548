// Where the rows of logits begin on a GPU: V rounded up to 64 numbers apart. GPT-2's 50,257 is odd, and rows that follow each
// other would begin anywhere: no sixteen bytes of them could be loaded at once, and tensor cores would be fed one number at a
// time. What lies between the rows is nobody's; gradients are 0 there.
#pragma once

#include <cstddef>

#include <stepgpt/cuda/launch.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

constexpr std::size_t logits_stride(std::size_t V) { return (V + 63) / 64 * 64; }

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
