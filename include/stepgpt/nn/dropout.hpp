// Dropout as a layer: x (B,T,C) -> y (B,T,C), some elements zeroed, while training. kernel/dropout.hpp has the mathematics.
//
// Where nothing is dropped, forward and backward hand on what they were given, and no memory is taken.
#pragma once

#include <cstdint>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/kernel/dropout.hpp>
#include <stepgpt/nn/pass.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct dropout {
    double p = 0;               // probability of being dropped
    std::uint32_t place = 0;    // which dropout of the model this is: each has a stream of random numbers of its own

    struct cache {
        dropout_mask mask;
        tensor<Real, 3, Device> y;    // (B,T,C), only if something is dropped
    };
    struct gradients {
        tensor<Real, 3, Device> dx;   // (B,T,C), likewise
    };

    dropout_mask mask(pass run) const {
        const auto purpose = static_cast<stream>(static_cast<std::uint32_t>(stream::dropout) + place);
        return {.p = run.training ? p : 0, .numbers = random_numbers(run.seed, purpose, run.step), .first = 0,
                .step_there = run.step_there};
    }

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c, pass run) const {
        c.mask = mask(run);
        if (!c.mask.active()) return x;
        resize(c.y, {x.shape(0), x.shape(1), x.shape(2)});
        dropout_apply(Device{}, x.data(), c.y.data(), c.mask, x.size());
        return c.y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const cache& c, gradients& g) const {
        if (!c.mask.active()) return dy;
        resize(g.dx, {dy.shape(0), dy.shape(1), dy.shape(2)});
        dropout_apply(Device{}, dy.data(), g.dx.data(), c.mask, dy.size());
        return g.dx;
    }
};

}  // namespace stepgpt
