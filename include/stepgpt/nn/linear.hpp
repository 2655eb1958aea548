// A linear layer:  x (B,T,in) -> y (B,T,out),  y = x W + b.  It learns which mixtures of its inputs matter.
//
// W lies [in, out], as in GPT-2's published files (PyTorch's Linear keeps the transpose). Weights that are frozen get no
// gradient. A low-rank addition (low_rank.hpp), if there is one, learns beside them.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/nn/low_rank.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct linear {
    std::string name;                      // "h.0.attn.c_attn"
    parameter<Real, 2, Device> weight;     // (in,out)
    parameter<Real, 1, Device> bias;       // (out)
    low_rank<Real, Device> lora;           // rank 0: none

    struct cache {
        tensor<Real, 3, Device> y;         // (B,T,out)
        typename low_rank<Real, Device>::cache lora;
    };
    struct gradients {
        tensor<Real, 3, Device> dx;        // (B,T,in)
        typename low_rank<Real, Device>::gradients lora;
    };

    linear() = default;
    linear(std::string its_name, std::size_t in, std::size_t out) : name(std::move(its_name)) {
        weight.resize({in, out});
        bias.resize({out});
    }

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c, pass run = {}) const {
        const std::size_t B = x.shape(0), T = x.shape(1), in = weight.value.shape(0), out = weight.value.shape(1);
        expect_shape(x, {B, T, in}, "linear input x (B,T,in)");
        resize(c.y, {B, T, out});
        linear_forward(Device{}, x.data(), weight.value.data(), bias.value.data(), c.y.data(), B * T, in, out);
        if (lora.rank() > 0) lora.forward(x, c.y, c.lora, run);
        return c.y;
    }

    // how: the gradients of the weights are added to what is there, or written over it.
    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            const cache& c, gradients& g, into how = into::add) {
        const std::size_t B = x.shape(0), T = x.shape(1), in = weight.value.shape(0), out = weight.value.shape(1);
        expect_shape(dy, {B, T, out}, "linear gradient dy (B,T,out)");
        resize(g.dx, {B, T, in});
        if (weight.trainable || bias.trainable)
            linear_backward_weight(Device{}, dy.data(), x.data(), weight.grad.data(), bias.grad.data(), B * T, in, out, how);
        linear_backward_input(Device{}, dy.data(), weight.value.data(), g.dx.data(), B * T, in, out);
        if (lora.rank() > 0) lora.backward(dy, x, g.dx, c.lora, g.lora, how);
        return g.dx;
    }

    bool learns() const { return weight.trainable || bias.trainable || lora.learns(); }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit(dotted(name, "weight"), weight);
        visit(dotted(name, "bias"), bias);
        if (lora.rank() > 0) lora.each_parameter(name, visit);
    }
};

}  // namespace stepgpt
