// One step of an optimizer for all weights of a model: what an optimizer hands over, and the loop over them.
//
// For cpu and simd it is the kernel of kernel/optimizer.hpp, weight after weight. kernel/optimizer.cuh updates all of them in
// one launch, and there a bf16 weight is rounded from its master, which is what learns.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/kernel/optimizer.hpp>

namespace stepgpt {

// One weight of the model, flat, and what the optimizer keeps for it.
template <class Real>
struct optimized {
    const Real* grad = nullptr;
    Real* value = nullptr;
    accumulator<Real>* master = nullptr;                       // a bf16 weight in full precision; else null
    accumulator<Real>*m = nullptr, *v = nullptr;               // moments; SGD has no v
    std::size_t size = 0;
    bool decays = false;
    std::uint32_t place = 0;                                   // its number among the model's weights: rounding draws by it
    accumulator<Real>* sum = nullptr;                          // of several batches' gradients, if kept: read instead of grad
};

// `step.decay` holds for those that decay. `t` counts the steps: rounding draws by it, too.
template <class Real, std::derived_from<cpu> Device>
void adamw_update_all(Device, std::span<const optimized<Real>> all, adamw_step step, std::uint64_t /*t*/) {
    const double decay = step.decay;
    for (const auto& w : all) {
        step.decay = w.decays ? decay : 0;
        adamw_update(Device{}, w.grad, w.value, w.m, w.v, step, w.size);
    }
}

template <class Real, std::derived_from<cpu> Device>
void sgd_update_all(Device, std::span<const optimized<Real>> all, sgd_step step, std::uint64_t /*t*/) {
    const double decay = step.decay;
    for (const auto& w : all) {
        step.decay = w.decays ? decay : 0;
        sgd_update(Device{}, w.grad, w.value, w.m, step, w.size);
    }
}

}  // namespace stepgpt
