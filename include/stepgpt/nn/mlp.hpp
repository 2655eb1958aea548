// The position-wise network of a block:  x (B,T,C) -> y (B,T,C),  y = dropout(gelu(x W_fc + b_fc) W_proj + b_proj)
// (Vaswani et al. 2017, equation 2, with GELU; the hidden layer is 4C wide). Every position is treated alone: what
// attention has gathered is worked on here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/nn/dropout.hpp>
#include <stepgpt/nn/gelu.hpp>
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
        const auto& pre = c_fc.forward(x, c.c_fc);                        // (B,T,4C)
        const auto& post = activation.forward(pre, c.activation);         // (B,T,4C)
        const auto& projected = c_proj.forward(post, c.c_proj);           // (B,T,C)
        const auto& y = drop.forward(projected, c.drop, run);             // (B,T,C)
        trace(name, "pre", pre);
        trace(name, "post", post);
        trace(name, "y", y);
        return y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            const cache& c, gradients& g) {
        const auto& dprojected = drop.backward(dy, c.drop, g.drop);
        const auto& dpost = c_proj.backward(dprojected, c.activation.y, g.c_proj);
        const auto& dpre = activation.backward(dpost, c.c_fc.y, g.activation);
        const auto& dx = c_fc.backward(dpre, x, g.c_fc);
        trace(name, "post.grad", dpost);
        trace(name, "pre.grad", dpre);
        trace(name, "x.grad", dx);
        return dx;
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        c_fc.each_parameter(visit);
        c_proj.each_parameter(visit);
    }
};

}  // namespace stepgpt
