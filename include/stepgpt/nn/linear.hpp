// A linear layer:  x (B,T,in) -> y (B,T,out),  y = x W + b.  It learns which mixtures of its inputs matter.
//
// W lies [in, out], as in GPT-2's published files (PyTorch's Linear keeps the transpose).
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/linear.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct linear {
    std::string name;                      // "h.0.attn.c_attn"
    parameter<Real, 2, Device> weight;     // (in,out)
    parameter<Real, 1, Device> bias;       // (out)

    struct cache {
        tensor<Real, 3, Device> y;         // (B,T,out)
    };
    struct gradients {
        tensor<Real, 3, Device> dx;        // (B,T,in)
    };

    linear() = default;
    linear(std::string its_name, std::size_t in, std::size_t out) : name(std::move(its_name)) {
        weight.resize({in, out});
        bias.resize({out});
    }

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c) const {
        const std::size_t B = x.shape(0), T = x.shape(1), in = weight.value.shape(0), out = weight.value.shape(1);
        expect_shape(x, {B, T, in}, "linear input x (B,T,in)");
        resize(c.y, {B, T, out});
        linear_forward(Device{}, x.data(), weight.value.data(), bias.value.data(), c.y.data(), B * T, in, out);
        return c.y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            gradients& g) {
        const std::size_t B = x.shape(0), T = x.shape(1), in = weight.value.shape(0), out = weight.value.shape(1);
        expect_shape(dy, {B, T, out}, "linear gradient dy (B,T,out)");
        resize(g.dx, {B, T, in});
        linear_backward_weight(Device{}, dy.data(), x.data(), weight.grad.data(), bias.grad.data(), B * T, in, out);
        linear_backward_input(Device{}, dy.data(), weight.value.data(), g.dx.data(), B * T, in, out);
        return g.dx;
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit(dotted(name, "weight"), weight);
        visit(dotted(name, "bias"), bias);
    }
};

}  // namespace stepgpt
