// A transformer block:  x (B,T,C) -> y (B,T,C).  Two parts read the residual stream and add to it:
//     mid = x + attn(ln_1(x)),   y = mid + mlp(ln_2(mid))             (GPT-2: Radford et al. 2019, section 2.3)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/residual.hpp>
#include <stepgpt/nn/attention.hpp>
#include <stepgpt/nn/handed_on.hpp>
#include <stepgpt/nn/layer_norm.hpp>
#include <stepgpt/nn/mlp.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct block {
    std::string name;                                     // "h.0"
    layer_norm<Real, Device> ln_1;
    attention<Real, Device> attn;
    layer_norm<Real, Device> ln_2;
    stepgpt::mlp<Real, Device> mlp;

    struct cache {
        typename layer_norm<Real, Device>::cache ln_1;
        typename attention<Real, Device>::cache attn;
        tensor<Real, 3, Device> mid;                      // (B,T,C) after attention
        typename layer_norm<Real, Device>::cache ln_2;
        typename stepgpt::mlp<Real, Device>::cache mlp;
        tensor<Real, 3, Device> y;                        // (B,T,C)
        bool whole = false;                               // nothing of it has been handed on, or written over
    };
    struct gradients {
        typename layer_norm<Real, Device>::gradients ln_1;
        typename attention<Real, Device>::gradients attn;
        typename layer_norm<Real, Device>::gradients ln_2;
        typename stepgpt::mlp<Real, Device>::gradients mlp;
        tensor<Real, 3, Device> dx;                       // (B,T,C); dmid, before ln_1 has added its part
    };

    static constexpr std::uint32_t dropouts = 3;          // that a block has: on att, after attention, after the mlp

    block() = default;
    block(std::string its_name, std::size_t C, std::size_t H, double dropout_share, std::uint32_t dropout_place)
        : name(std::move(its_name)), ln_1(dotted(name, "ln_1"), C),
          attn(dotted(name, "attn"), C, H, dropout_share, dropout_place), ln_2(dotted(name, "ln_2"), C),
          mlp(dotted(name, "mlp"), C, dropout_share, dropout_place + 2) {}

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c, pass run) const {
        const std::size_t B = x.shape(0), T = x.shape(1), C = x.shape(2);
        resize(c.y, {B, T, C});
        trace(name, "x", x);

        const auto& normed_1 = ln_1.forward(x, c.ln_1);
        const auto& heard = attn.forward(normed_1, c.attn, run);
        const auto& normed_2 = ln_2.forward_sum(x, heard, c.mid, c.ln_2);             // mid = x + heard
        trace(name, "mid", c.mid);
        ln_2.show(c.ln_2);
        const auto& thought = mlp.forward(normed_2, c.mlp, run);
        residual_forward(Device{}, c.mid.data(), thought.data(), c.y.data(), x.size());
        trace(name, "y", c.y);
        c.whole = true;
        return c.y;
    }

    // A sum hands its gradient to both sides: what flows along the stream, and what flows through the part beside it.
    // The gradient of the stream is one tensor to which each part adds; dy may be it, since all blocks share one `gradients`.
    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            cache& c, gradients& g, into how = into::add) {
        const std::size_t B = x.shape(0), T = x.shape(1), C = x.shape(2);
        resize(g.dx, {B, T, C});
        trace(name, "y.grad", dy);
        if (!c.whole) make_again(x, c);

        const auto& dnormed_2 = mlp.backward(dy, c.ln_2.y, c.mlp, g.mlp, how);
        auto& dmid = g.dx;
        ln_2.backward_sum(dnormed_2, c.mid, dy, dmid, c.ln_2, g.ln_2, how);          // dmid = dy + ...
        trace(name, "mid.grad", dmid);

        const auto& dnormed_1 = attn.backward(dmid, c.ln_1.y, c.attn, g.attn, how);
        ln_1.backward_sum(dnormed_1, x, dmid, g.dx, c.ln_1, g.ln_1, how);            // dx = dmid + ...
        trace(name, "x.grad", g.dx);
        if constexpr (hands_on<Device>) c.whole = false;                                   // dpre lies where post did
        return g.dx;
    }

    // Gives another block what it may have (nn/handed_on.hpp), and gets the room that this one had for the same.
    static void hand_on(cache& from, cache& to) {
        std::swap(from.ln_1.y, to.ln_1.y);
        attention<Real, Device>::hand_on(from.attn, to.attn);
        std::swap(from.ln_2.y, to.ln_2.y);
        stepgpt::mlp<Real, Device>::hand_on(from.mlp, to.mlp);
        from.whole = to.whole = false;
    }

    // Some weight of it is not frozen.
    bool learns() const {
        return ln_1.learns() || attn.c_attn.learns() || attn.c_proj.learns() || ln_2.learns() || mlp.c_fc.learns() ||
               mlp.c_proj.learns();
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        ln_1.each_parameter(visit);
        attn.each_parameter(visit);
        ln_2.each_parameter(visit);
        mlp.each_parameter(visit);
    }

private:
    // What was handed on and is needed now, to the last bit as it was.
    void make_again(const tensor<Real, 3, Device>& x, cache& c) const {
        ln_1.normalise(x, c.ln_1);
        ln_2.normalise(c.mid, c.ln_2);
        mlp.make_again(c.mlp);
        c.whole = true;
    }
};

}  // namespace stepgpt
