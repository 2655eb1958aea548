// Dropout (Srivastava et al. 2014), inverted: an element is zeroed with probability p, else multiplied by 1 / (1 - p).
//
// The mask is not stored. It is a function of (seed, layer, step, index), so backward computes it again, and every device
// and every number of threads drops the same elements.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/random.hpp>

namespace stepgpt {

struct dropout_mask {
    double p = 0;
    random_numbers numbers{0, stream::dropout};

    bool active() const { return p > 0; }
    bool drops(std::uint64_t index) const { return numbers.bits(index) < static_cast<std::uint32_t>(p * 0x1p32); }

    // What element `index` is multiplied by: 0 or 1 / (1 - p).
    template <class Real>
    Real factor(std::uint64_t index) const {
        return drops(index) ? Real(0) : static_cast<Real>(1 / (1 - p));
    }
};

// Forward on x and backward on dy are the same multiplication. y may be x.
template <class Real>
void dropout_apply(cpu, const Real* x, Real* y, const dropout_mask& mask, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * mask.factor<Real>(i);
}

}  // namespace stepgpt
