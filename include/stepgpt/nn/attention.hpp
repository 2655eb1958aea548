// Causal multi-head self-attention:  x (B,T,C) -> y (B,T,C). Each position asks (q), offers (k) and gives (v); it receives
// a mixture of what the positions before it give. The only place where positions speak to each other.
//     q, k, v = x W_attn + b_attn;   z = softmax(q k^T / sqrt(D), causal) v, head by head;   y = dropout(z W_proj + b_proj)
// (Vaswani et al. 2017, section 3.2)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/attention.hpp>
#include <stepgpt/nn/attention_trace.hpp>
#include <stepgpt/nn/dropout.hpp>
#include <stepgpt/nn/linear.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct attention {
    std::string name;                                    // "h.0.attn"
    std::size_t n_head = 1;                              // H; D = C / H
    linear<Real, Device> c_attn;                         // C -> 3C: the columns are q, k, v
    linear<Real, Device> c_proj;                         // C -> C
    dropout<Real, Device> drop_att, drop_y;              // on the weights of the mixture, and on y

    struct cache {
        typename linear<Real, Device>::cache c_attn;     // y (B,T,3C): q, k, v
        tensor<accumulator<Real>, 4, Device> att;        // (B,H,T,T) on cpu, else (B,H,T,1): see kernel/attention.hpp
        tensor<Real, 3, Device> z;                       // (B,T,C)
        dropout_mask att_mask;
        std::span<const std::size_t> sequences;          // their ends, if they are not the rows (nn/pass.hpp)
        typename linear<Real, Device>::cache c_proj;     // y (B,T,C)
        typename dropout<Real, Device>::cache drop_y;
    };
    struct gradients {
        typename linear<Real, Device>::gradients c_attn, c_proj;
        tensor<Real, 3, Device> dqkv;                    // (B,T,3C)
        typename dropout<Real, Device>::gradients drop_y;
    };

    attention() = default;
    attention(std::string its_name, std::size_t C, std::size_t H, double dropout_share, std::uint32_t dropout_place)
        : name(std::move(its_name)), n_head(H), c_attn(dotted(name, "c_attn"), C, 3 * C), c_proj(dotted(name, "c_proj"), C, C),
          drop_att{dropout_share, dropout_place}, drop_y{dropout_share, dropout_place + 1} {}

    const tensor<Real, 3, Device>& forward(const tensor<Real, 3, Device>& x, cache& c, pass run) const {
        const std::size_t B = x.shape(0), T = x.shape(1), C = c_proj.weight.value.shape(0), H = n_head;
        const auto& qkv = c_attn.forward(x, c.c_attn, run);               // (B,T,3C)
        resize(c.att, {B, H, T, attention_memory(Device{}, T)});
        resize(c.z, {B, T, C});
        c.att_mask = drop_att.mask(run);
        c.sequences = run.sequences;
        each_sequence(c.sequences, B, T, [&](std::size_t first, std::size_t rows, std::size_t length) {
            attention_forward(Device{}, qkv.data() + first * 3 * C, c.z.data() + first * C, att_of(c, first),
                              c.att_mask.from(first * H * T), rows, length, C, H);
        });
        trace_attention(name, qkv, H);
        const auto& projected = c_proj.forward(c.z, c.c_proj, run);       // (B,T,C)
        const auto& y = drop_y.forward(projected, c.drop_y, run);         // (B,T,C)
        trace(name, "z", c.z);
        trace(name, "y", y);
        return y;
    }

    const tensor<Real, 3, Device>& backward(const tensor<Real, 3, Device>& dy, const tensor<Real, 3, Device>& x,
                                            const cache& c, gradients& g, into how = into::add) {
        const std::size_t B = x.shape(0), T = x.shape(1), C = c_proj.weight.value.shape(0), H = n_head;
        const auto& qkv = c.c_attn.y;
        const auto& dprojected = drop_y.backward(dy, c.drop_y, g.drop_y);
        const auto& dz = c_proj.backward(dprojected, c.z, c.c_proj, g.c_proj, how);
        resize(g.dqkv, {B, T, 3 * C});
        each_sequence(c.sequences, B, T, [&](std::size_t first, std::size_t rows, std::size_t length) {
            attention_backward(Device{}, dz.data() + first * C, qkv.data() + first * 3 * C, c.z.data() + first * C,
                               att_of(c, first), g.dqkv.data() + first * 3 * C, c.att_mask.from(first * H * T), rows,
                               length, C, H);
        });
        const auto& dx = c_attn.backward(g.dqkv, x, c.c_attn, g.c_attn, how);
        trace(name, "z.grad", dz);
        trace(name, "qkv.grad", g.dqkv);
        trace(name, "x.grad", dx);
        return dx;
    }

    // What the next block may have (nn/handed_on.hpp): the way back does not need it.
    static void hand_on(cache& from, cache& to) {
        std::swap(from.c_proj.y, to.c_proj.y);
        std::swap(from.drop_y.y, to.drop_y.y);
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        c_attn.each_parameter(visit);
        c_proj.each_parameter(visit);
    }

private:
    // Where the sequence that begins at token `first` keeps its part of att.
    template <class Cache>
    auto* att_of(Cache& c, std::size_t first) const { return c.att.data() + first * n_head * c.att.shape(3); }
};

}  // namespace stepgpt
