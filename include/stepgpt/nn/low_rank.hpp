// A low-rank addition to a linear layer, LoRA:  x (B,T,in), y (B,T,out),
//     h = scale dropout(x) A^T,   y += h B^T,   A (rank,in), B (out,rank)         (Hu et al. 2021, equation 3)
// The layer's own weights may stay as they are: what is learnt are rank (in + out) numbers instead of in x out. B begins
// with zeros, so that at first nothing is added.
//
// A layer without one has rank 0. Not here: which layers get one, and how it becomes part of their weights
// (finetune/lora.hpp).
#pragma once

#include <cstddef>
#include <string>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/low_rank.hpp>
#include <stepgpt/kernel/residual.hpp>
#include <stepgpt/kernel/scale.hpp>
#include <stepgpt/nn/dropout.hpp>
#include <stepgpt/nn/pass.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct low_rank {
    parameter<Real, 2, Device> A, B;          // (rank,in), (out,rank)
    double scale = 1;                         // alpha / rank
    dropout<Real, Device> drop;               // on x

    struct cache {
        typename dropout<Real, Device>::cache drop;
        tensor<Real, 3, Device> h;            // (B,T,rank)
        tensor<Real, 3, Device> added;        // (B,T,out)
    };
    struct gradients {
        tensor<Real, 3, Device> dh;           // (B,T,rank)
        tensor<Real, 3, Device> dkept;        // (B,T,in), of what dropout has kept of x
        typename dropout<Real, Device>::gradients drop;
    };

    std::size_t rank() const { return A.value.size() == 0 ? 0 : A.value.shape(0); }
    bool learns() const { return rank() > 0 && (A.trainable || B.trainable); }

    // y += what the addition makes of x.
    void forward(const tensor<Real, 3, Device>& x, tensor<Real, 3, Device>& y, cache& c, pass run) const {
        const std::size_t Bs = x.shape(0), T = x.shape(1), in = x.shape(2), out = y.shape(2), r = rank();
        resize(c.h, {Bs, T, r});
        resize(c.added, {Bs, T, out});
        const auto& kept = drop.forward(x, c.drop, run);                                                // (B,T,in)
        low_rank_forward(Device{}, kept.data(), A.value.data(), c.h.data(), Bs * T, in, r);
        scale_in_place(Device{}, c.h.data(), scale, c.h.size());
        low_rank_forward(Device{}, c.h.data(), B.value.data(), c.added.data(), Bs * T, r, out);
        residual_forward(Device{}, y.data(), c.added.data(), y.data(), y.size());
    }

    // dx += what reaches x through the addition; A.grad and B.grad += theirs, or = with into::write.
    void backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x, tensor<Real, 3, Device>& dx,
                  const cache& c, gradients& g, into how = into::add) {
        const std::size_t Bs = x.shape(0), T = x.shape(1), in = x.shape(2), out = dy.shape(2), r = rank();
        const auto& kept = c.drop.mask.active() ? c.drop.y : x;
        resize(g.dh, {Bs, T, r});
        resize(g.dkept, {Bs, T, in});
        low_rank_backward_weight(Device{}, dy.data(), c.h.data(), B.grad.data(), Bs * T, r, out, how); // dB += dy^T h
        low_rank_backward_input(Device{}, dy.data(), B.value.data(), g.dh.data(), Bs * T, r, out);     // dh = dy B
        scale_in_place(Device{}, g.dh.data(), scale, g.dh.size());
        low_rank_backward_weight(Device{}, g.dh.data(), kept.data(), A.grad.data(), Bs * T, in, r, how);   // dA += dh^T x
        low_rank_backward_input(Device{}, g.dh.data(), A.value.data(), g.dkept.data(), Bs * T, in, r); // dx += dh A
        const auto& added = drop.backward(g.dkept, c.drop, g.drop);
        residual_forward(Device{}, dx.data(), added.data(), dx.data(), dx.size());
    }

    template <class Visit>
    void each_parameter(const std::string& layer, Visit&& visit) {
        visit(dotted(layer, "lora_A.weight"), A);
        visit(dotted(layer, "lora_B.weight"), B);
    }
};

}  // namespace stepgpt
