// Dropout's mask as a kernel asks for it: the same Philox words as kernel/dropout.hpp, so every device drops the same
// elements. A kernel takes it as an argument and begins with `kept = given.here()`.
#pragma once

#include <array>
#include <cstdint>

#include <stepgpt/cuda/launch.cuh>
#include <stepgpt/kernel/dropout.hpp>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

class dropout_factor {
public:
    dropout_factor(const dropout_mask& mask)
        : numbers_(mask.numbers), first_(mask.first), threshold_(static_cast<std::uint32_t>(mask.p * 0x1p32)),
          kept_(1 / (1 - mask.p)), active_(mask.active()), step_there_(mask.step_there) {}

    // As a kernel uses it: with the step that lies on the device, if there is one. To be called first, and once.
    __device__ dropout_factor here() const {
        dropout_factor mine = *this;
        if (active_ && step_there_) mine.numbers_ = numbers_.at_step(*step_there_);
        return mine;
    }

    // What element `index` is multiplied by: 0 or 1 / (1 - p), or 1 if nothing is dropped.
    template <class Real>
    __device__ Real at(std::uint64_t index) const {
        if (!active_) return Real(1);
        index += first_;
        return word(numbers_.block(index / 4), index % 4) < threshold_ ? Real(0) : static_cast<Real>(kept_);
    }

    // The factors of `index` and the element after it; if index is even, one call of the generator has both.
    __device__ float2 pair(std::uint64_t index) const {
        index += first_;
        const auto words = numbers_.block(index / 4);
        const auto next = index % 4 == 3 ? numbers_.block(index / 4 + 1)[0] : word(words, (index + 1) % 4);
        const auto kept = static_cast<float>(kept_);
        return {word(words, index % 4) < threshold_ ? 0.f : kept, next < threshold_ ? 0.f : kept};
    }

private:
    // Chosen, not indexed: an index that is not known to the compiler would put the words into memory.
    __device__ static std::uint32_t word(const std::array<std::uint32_t, 4>& words, std::uint64_t i) {
        const std::uint32_t low = i & 1 ? words[1] : words[0], high = i & 1 ? words[3] : words[2];
        return i & 2 ? high : low;
    }

    random_numbers numbers_;
    std::uint64_t first_;          // elements of the tensor before these
    std::uint32_t threshold_;
    double kept_;
    bool active_;
    const std::uint32_t* step_there_;   // null: numbers_ are of the right step already
};

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
