// The position-wise network of a block:  x (B,T,C) -> y (B,T,C),  y = dropout(gelu(x W_fc + b_fc) W_proj + b_proj)
// (Vaswani et al. 2017, equation 2, with GELU; the hidden layer is 4C wide). Every position is treated alone: what
// attention has gathered is worked on here.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/linear_gelu.hpp>
#include <stepgpt/nn/dropout.hpp>
#include <stepgpt/nn/gelu.hpp>
#include <stepgpt/nn/handed_on.hpp>
#include <stepgpt/nn/linear.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct mlp {
    std::string name;                   // "h.0.mlp"
    linear<Real, Device> c_fc;          // C -> 4C
    gelu<Real, Device> activation;
    linear<Real, Device> c_proj;        // 4C -> C
    dropout<Real, Device> drop;

    struct cache {
        typename linear<Real, Device>::cache c_fc;       // y (B,T,4C), before GELU
        typename gelu<Real, Device>::cache activation;   // y (B,T,4C), after
        typename linear<Real, Device>::cache c_proj;     // y (B,T,C)
        typename dropout<Real, Device>::cache drop;
    };
    struct gradients {
        typename linear<Real, Device>::gradients c_fc;
        typename gelu<Real, Device>::gradients activation;
        typename linear<Real, Device>::gradients c_proj;
        typename dropout<Real, Device>::gradients drop;
    };

    mlp() = default;
    mlp(std::string its_name, std::size_t C, double dropout_share, std::uint32_t dropout_place)
        : name(std::move(its_name)), c_fc(dotted(name, "c_fc"), C, 4 * C), c_proj(dotted(name, "c_proj"), 4 * C, C),
          drop{dropout_share, dropout_place} {}

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c, pass run) const {
        if (gates_in_product()) {
            expand(x, c);
        } else {
            c_fc.forward(x, c.c_fc, run);
            activation.forward(c.c_fc.y, c.activation);
        }
        const auto &pre = c.c_fc.y, &post = c.activation.y;               // (B,T,4C)
        const auto& projected = c_proj.forward(post, c.c_proj, run);      // (B,T,C)
        const auto& y = drop.forward(projected, c.drop, run);             // (B,T,C)
        trace(name, "pre", pre);
        trace(name, "post", post);
        trace(name, "y", y);
        return y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            cache& c, gradients& g, into how = into::add) {
        const auto& dprojected = drop.backward(dy, c.drop, g.drop);
        auto& dpre = gates_in_product() && hands_on<Device> ? c.activation.y : g.activation.dx;   // (B,T,4C)
        if (gates_in_product()) {
            contract_backward(dprojected, c, dpre, how);
        } else {
            const auto& dpost = c_proj.backward(dprojected, c.activation.y, c.c_proj, g.c_proj, how);
            activation.backward(dpost, c.c_fc.y, g.activation);
            trace(name, "post.grad", dpost);
        }
        const auto& dx = c_fc.backward(dpre, x, c.c_fc, g.c_fc, how);
        trace(name, "pre.grad", dpre);
        trace(name, "x.grad", dx);
        return dx;
    }

    // What the next block may have (nn/handed_on.hpp), and how post is made again, in the room of the one that had it last.
    static void hand_on(cache& from, cache& to) {
        std::swap(from.activation.y, to.activation.y);
        std::swap(from.c_proj.y, to.c_proj.y);
        std::swap(from.drop.y, to.drop.y);
    }
    void make_again(cache& c) const { activation.forward(c.c_fc.y, c.activation); }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        c_fc.each_parameter(visit);
        c_proj.each_parameter(visit);
    }

private:
    // simd and GPUs apply the gate, and its slope on the way back, to what a product leaves while it is near: neither dpost nor a
    // second reading of pre costs memory and its time. Low-rank additions come between the two, so they go the long way.
    bool gates_in_product() const {
        constexpr bool has_both_in_one = std::same_as<Device, simd> || !std::derived_from<Device, cpu>;
        return has_both_in_one && c_fc.lora.rank() == 0 && c_proj.lora.rank() == 0;
    }

    // pre = x W_fc + b_fc,  post = gelu(pre)
    void expand(const tensor<Real, 3, Device>& x, cache& c) const {
        const std::size_t B = x.shape(0), T = x.shape(1), C = x.shape(2), width = c_fc.weight.value.shape(1);
        resize(c.c_fc.y, {B, T, width});
        resize(c.activation.y, {B, T, width});
        linear_gelu_forward(Device{}, x.data(), c_fc.weight.value.data(), c_fc.bias.value.data(), c.c_fc.y.data(),
                            c.activation.y.data(), B * T, C, width);
    }

    // dpre = (dprojected W_proj^T) gelu'(pre), and the gradients of W_proj and b_proj. dpre may lie where post does.
    void contract_backward(const tensor<Real, 3, Device>& dprojected, const cache& c, tensor<Real, 3, Device>& dpre,
                           into how) {
        const std::size_t B = dprojected.shape(0), T = dprojected.shape(1), C = dprojected.shape(2);
        const std::size_t width = c_proj.weight.value.shape(0);
        resize(dpre, {B, T, width});
        if (c_proj.weight.trainable || c_proj.bias.trainable)
            linear_backward_weight(Device{}, dprojected.data(), c.activation.y.data(), c_proj.weight.grad.data(),
                                   c_proj.bias.grad.data(), B * T, width, C, how);
        linear_gelu_backward_input(Device{}, dprojected.data(), c_proj.weight.value.data(), c.c_fc.y.data(),
                                   dpre.data(), B * T, width, C);
    }
};

}  // namespace stepgpt
