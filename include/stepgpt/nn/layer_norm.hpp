// Layer normalisation:  x (B,T,C) -> y (B,T,C); each row gets mean 0 and variance 1, then a learnt gain and offset.
//     y = (x - mean) rstd weight + bias           (Ba et al. 2016, equations 3 and 4)
// It learns how strongly each channel speaks. GPT-2 puts it before each part of a block ("pre-norm").
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/into.hpp>
#include <stepgpt/kernel/layer_norm.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/residual_layer_norm.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct layer_norm {
    std::string name;                             // "h.0.ln_1"
    parameter<Real, 1, Device> weight, bias;      // (C)

    struct cache {
        tensor<Real, 3, Device> y;                // (B,T,C)
        tensor<accumulator<Real>, 2, Device> mean, rstd;   // (B,T)
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
        make_room(c, B, T, C);
        normalise(x, c);
        show(c);
        return c.y;
    }
    // The computation alone, in room that is there: also to make y again when it has been handed on.
    void normalise(const tensor<Real, 3, Device>& x, cache& c) const {
        const std::size_t B = x.shape(0), T = x.shape(1), C = x.shape(2);
        layer_norm_forward(Device{}, x.data(), weight.value.data(), bias.value.data(), c.y.data(), c.mean.data(),
                           c.rstd.data(), B * T, C);
    }

    // x = a + b (B,T,C) is written, and then normalised; what came of it is shown by show(), when x has been.
    const tensor<Real, 3, Device>& forward_sum(const tensor<Real, 3, Device>& a, const tensor<Real, 3, Device>& b,
                                               tensor<Real, 3, Device>& x, cache& c) const {
        const std::size_t B = a.shape(0), T = a.shape(1), C = weight.value.shape(0);
        expect_shape(a, {B, T, C}, "layer_norm input a (B,T,C)");
        resize(x, {B, T, C});
        make_room(c, B, T, C);
        residual_layer_norm_forward(Device{}, a.data(), b.data(), x.data(), weight.value.data(), bias.value.data(),
                                    c.y.data(), c.mean.data(), c.rstd.data(), B * T, C);
        return c.y;
    }

    void show(const cache& c) const {
        trace(name, "mean", c.mean);
        trace(name, "rstd", c.rstd);
        trace(name, "y", c.y);
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            const cache& c, gradients& g, into how = into::add) {
        const std::size_t B = x.shape(0), T = x.shape(1), C = weight.value.shape(0);
        expect_shape(dy, {B, T, C}, "layer_norm gradient dy (B,T,C)");
        resize(g.dx, {B, T, C});
        if (how == into::write) begin_gradients();
        layer_norm_backward(Device{}, dy.data(), x.data(), weight.value.data(), c.mean.data(), c.rstd.data(), g.dx.data(),
                            weight.grad.data(), bias.grad.data(), B * T, C);
        trace(name, "x.grad", g.dx);
        return g.dx;
    }

    // The same where x was also handed on past this layer: dx = dstream + what comes through the norm. dx may be dstream.
    void backward_sum(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x, const tensor<Real, 3, Device>& dstream,
                      tensor<Real, 3, Device>& dx, const cache& c, gradients& g, into how = into::add) {
        const std::size_t B = x.shape(0), T = x.shape(1), C = weight.value.shape(0);
        expect_shape(dy, {B, T, C}, "layer_norm gradient dy (B,T,C)");
        constexpr bool in_two_passes = std::derived_from<Device, cpu> && !std::same_as<Device, simd>;
        if constexpr (in_two_passes) resize(g.dx, {B, T, C});
        if (how == into::write) begin_gradients();
        residual_layer_norm_backward(Device{}, dy.data(), x.data(), weight.value.data(), c.mean.data(), c.rstd.data(),
                                     dstream.data(), g.dx.data(), dx.data(), weight.grad.data(), bias.grad.data(), B * T, C);
        if constexpr (in_two_passes) trace(name, "x.grad", g.dx);
    }

    bool learns() const { return weight.trainable || bias.trainable; }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit(dotted(name, "weight"), weight);
        visit(dotted(name, "bias"), bias);
    }

private:
    static void make_room(cache& c, std::size_t B, std::size_t T, std::size_t C) {
        resize(c.y, {B, T, C});
        resize(c.mean, {B, T});
        resize(c.rstd, {B, T});
    }
    void begin_gradients() {
        set_to_zero(Device{}, weight.grad.data(), weight.grad.size());
        set_to_zero(Device{}, bias.grad.data(), bias.grad.size());
    }
};

}  // namespace stepgpt
