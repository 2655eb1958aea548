// The non-linearity of GPT-2:  x (B,T,C) -> y (B,T,C), a smooth gate. kernel/gelu.hpp has the formula.
#pragma once

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/kernel/gelu.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct gelu {
    struct cache {
        tensor<Real, 3, Device> y;      // (B,T,C)
    };
    struct gradients {
        tensor<Real, 3, Device> dx;     // (B,T,C)
    };

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c) const {
        resize(c.y, {x.shape(0), x.shape(1), x.shape(2)});
        gelu_forward(Device{}, x.data(), c.y.data(), x.size());
        return c.y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            gradients& g) const {
        resize(g.dx, {x.shape(0), x.shape(1), x.shape(2)});
        gelu_backward(Device{}, dy.data(), x.data(), g.dx.data(), x.size());
        return g.dx;
    }
};

}  // namespace stepgpt
