// Layer normalisation:  x (B,T,C) -> y (B,T,C); each row gets mean 0 and variance 1, then a learnt gain and offset.
//     y = (x - mean) rstd weight + bias           (Ba et al. 2016, equations 3 and 4)
// It learns how strongly each channel speaks. GPT-2 puts it before each part of a block ("pre-norm").
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/layer_norm.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct layer_norm {
    std::string name;                             // "h.0.ln_1"
    parameter<Real, 1, Device> weight, bias;      // (C)

    struct cache {
        tensor<Real, 3, Device> y;                // (B,T,C)
        tensor<Real, 2, Device> mean, rstd;       // (B,T)
    };
    struct gradients {
        tensor<Real, 3, Device> dx;               // (B,T,C)
    };

    layer_norm() = default;
    layer_norm(std::string its_name, std::size_t C) : name(std::move(its_name)) {
        weight.resize({C});
        bias.resize({C});
    }

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c) const {
        const std::size_t B = x.shape(0), T = x.shape(1), C = weight.value.shape(0);
        expect_shape(x, {B, T, C}, "layer_norm input x (B,T,C)");
        resize(c.y, {B, T, C});
        resize(c.mean, {B, T});
        resize(c.rstd, {B, T});
        layer_norm_forward(Device{}, x.data(), weight.value.data(), bias.value.data(), c.y.data(), c.mean.data(),
                           c.rstd.data(), B * T, C);
        trace(name, "mean", c.mean);
        trace(name, "rstd", c.rstd);
        trace(name, "y", c.y);
        return c.y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            const cache& c, gradients& g) {
        const std::size_t B = x.shape(0), T = x.shape(1), C = weight.value.shape(0);
        expect_shape(dy, {B, T, C}, "layer_norm gradient dy (B,T,C)");
        resize(g.dx, {B, T, C});
        layer_norm_backward(Device{}, dy.data(), x.data(), weight.value.data(), c.mean.data(), c.rstd.data(), g.dx.data(),
                            weight.grad.data(), bias.grad.data(), B * T, C);
        trace(name, "x.grad", g.dx);
        return g.dx;
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit(dotted(name, "weight"), weight);
        visit(dotted(name, "bias"), bias);
    }
};

}  // namespace stepgpt
