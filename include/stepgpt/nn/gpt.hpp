// GPT-2:  ids (B,T) -> logits (B,T,V), a score for every token at every place, given the tokens up to there.
//     x = dropout(wte[ids] + wpe);   x = h[i](x), i = 0 .. L-1;   logits = ln_f(x) wte^T
// (Radford et al. 2018 and 2019; the head is the token embedding, unless the configuration says otherwise: Press and
// Wolf 2017)
//
//     gpt<float> model({.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128}, seed);
//     gpt<float>::cache cache;
//     double loss = model.loss(inputs, targets, cache);
//     model.backward(inputs, targets, cache, gradients);       // adds to every parameter's grad
//
// Not here: updating weights (optim/), the loop (train/), choosing tokens from logits (generate/).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <stepgpt/kernel/unembedding.hpp>
#include <stepgpt/nn/block.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/nn/cross_entropy.hpp>
#include <stepgpt/nn/embedding.hpp>
#include <stepgpt/nn/init.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct gpt {
    using real = Real;
    using device = Device;

    gpt_config config;
    embedding<Real, Device> embed;                 // wte (V,C), wpe (block_size,C)
    dropout<Real, Device> drop;
    std::vector<block<Real, Device>> h;            // L blocks
    layer_norm<Real, Device> ln_f;
    parameter<Real, 2, Device> lm_head;            // (V,C), of a model whose head is not tied
    cross_entropy<Real, Device> criterion;

    struct cache {
        typename embedding<Real, Device>::cache embed;
        typename dropout<Real, Device>::cache drop;
        std::vector<typename block<Real, Device>::cache> h;
        std::size_t holder = 0;                    // the block that has what is handed on (nn/handed_on.hpp)
        typename layer_norm<Real, Device>::cache ln_f;
        tensor<Real, 3, Device> logits;            // (B,T,V); backward writes their gradient over them
        typename cross_entropy<Real, Device>::cache criterion;
    };
    struct gradients {
        tensor<Real, 3, Device> dnormed;                   // (B,T,C), where it is not written over ln_f.y
        typename layer_norm<Real, Device>::gradients ln_f;
        typename block<Real, Device>::gradients h;         // one for all blocks: backward needs one at a time
        typename dropout<Real, Device>::gradients drop;
    };

    gpt() = default;
    // seed: of the initial weights; none: weights and gradients are left unset, for a file and zero_gradients to fill.
    explicit gpt(const gpt_config& sizes, std::optional<std::uint64_t> seed = 1) : config(sizes) {
        check(config);
        embed = {config.vocab_size, config.block_size, config.n_embd};
        drop = {config.dropout, 0};
        for (std::size_t i = 0; i < config.n_layer; ++i)
            h.emplace_back("h." + std::to_string(i), config.n_embd, config.n_head, config.dropout,
                           static_cast<std::uint32_t>(1 + i * block<Real, Device>::dropouts));
        ln_f = {"ln_f", config.n_embd};
        if (!config.tied) lm_head.resize({config.vocab_size, config.n_embd});
        if (seed) initialise(*this, config, *seed);
    }

    // The matrix (V,C) that turns rows into logits.
    const parameter<Real, 2, Device>& head() const { return config.tied ? embed.wte : lm_head; }

    // The residual stream after the last block, normalised: (B,T,C). The head turns its rows into logits.
    const tensor<Real, 3, Device>& hidden(const token_ids<>& ids, cache& c, pass run = {}) const {
        embed.take(ids, c.embed);
        return hidden(c, run);
    }
    // The same, of ids that embed.take has brought.
    const tensor<Real, 3, Device>& hidden(cache& c, pass run = {}) const {
        c.h.resize(config.n_layer);
        const auto& embedded = embed.forward(c.embed, run);                 // (B,T,C)
        const auto* x = &drop.forward(embedded, c.drop, run);
        for (std::size_t i = 0; i < config.n_layer; ++i) {
            hand_to(i, c);
            x = &h[i].forward(*x, c.h[i], run);
        }
        return ln_f.forward(*x, c.ln_f);
    }

    const tensor<Real, 3, Device>& forward(const token_ids<>& ids, cache& c, pass run = {}) const {
        embed.take(ids, c.embed);
        return forward(c, run);
    }
    const tensor<Real, 3, Device>& forward(cache& c, pass run = {}) const {
        const std::size_t B = c.embed.ids.shape(0), T = c.embed.ids.shape(1), C = config.n_embd, V = config.vocab_size;
        const auto& normed = hidden(c, run);
        resize_logits(c.logits, {B, T, V});
        unembedding_forward(Device{}, normed.data(), head().value.data(), c.logits.data(), B * T, C, V);
        trace("", "logits", c.logits);
        return c.logits;
    }

    // Forward, then the mean cross-entropy of the targets (B,T): targets[b,t] is the token that follows ids[b,t].
    double loss(const token_ids<>& ids, const token_ids<>& targets, cache& c, pass run = {}) const {
        return criterion.forward(forward(ids, c, run), targets, c.criterion);
    }

    // After loss(): adds d(scale loss) / dw to the gradient of every weight w that is not frozen; with into::write that is
    // all it will be. It ends at the lowest block that learns: what lies below is not asked for.
    void backward(const token_ids<>& ids, const token_ids<>& targets, cache& c, gradients& g,
                  double scale = 1, into how = into::add) {
        expect_shape(c.embed.ids, {ids.shape(0), ids.shape(1)}, "forward's ids (B,T)");
        criterion.backward(c.logits, targets, c.criterion, scale);
        backward_from_logits(c, g, how);
    }
    // The same, when the gradient of the logits lies where they lay.
    void backward_from_logits(cache& c, gradients& g, into how = into::add) {
        const auto& dlogits = c.logits;                                     // (B,T,V)
        const std::size_t B = dlogits.shape(0), T = dlogits.shape(1), C = config.n_embd, V = config.vocab_size;
        auto& head = config.tied ? embed.wte : lm_head;
        auto& dnormed = hands_on<Device> ? c.ln_f.y : g.dnormed;             // (B,T,C)
        resize(dnormed, {B, T, C});
        if (head.trainable)
            unembedding_backward_weight(Device{}, dlogits.data(), c.ln_f.y.data(), head.grad.data(), B * T, C, V, how);
        unembedding_backward_input(Device{}, dlogits.data(), head.value.data(), dnormed.data(), B * T, C, V);

        const auto* dx = &ln_f.backward(dnormed, c.h.back().y, c.ln_f, g.ln_f, how);
        const bool embedding_learns = embed.wte.trainable || embed.wpe.trainable;
        const std::size_t lowest = embedding_learns ? 0 : lowest_learning_block();
        for (std::size_t i = config.n_layer; i-- > lowest;) {
            hand_to(i, c);
            dx = &h[i].backward(*dx, input_of(i, c), c.h[i], g.h, how);
        }
        if (!embedding_learns) return;
        if (how == into::write) {
            set_to_zero(Device{}, embed.wpe.grad.data(), embed.wpe.grad.size());
            const bool by_head = config.tied && head.trainable;                                      // then it is written
            if (!by_head) set_to_zero(Device{}, embed.wte.grad.data(), embed.wte.grad.size());
        }
        embed.backward(drop.backward(*dx, c.drop, g.drop), c.embed);
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        embed.each_parameter(visit);
        for (auto& layer : h) layer.each_parameter(visit);
        ln_f.each_parameter(visit);
        if (!config.tied) visit("lm_head.weight", lm_head);
    }

private:
    std::size_t lowest_learning_block() const {
        const auto lowest = std::find_if(h.begin(), h.end(), [](const auto& layer) { return layer.learns(); });
        return static_cast<std::size_t>(lowest - h.begin());
    }

    static void hand_to(std::size_t i, cache& c) {
        if (!hands_on<Device> || i == c.holder) return;
        block<Real, Device>::hand_on(c.h[c.holder], c.h[i]);
        c.holder = i;
    }

    static const tensor<Real, 3, Device>& input_of(std::size_t i, const cache& c) {
        if (i > 0) return c.h[i - 1].y;
        return c.drop.mask.active() ? c.drop.y : c.embed.y;
    }
};

}  // namespace stepgpt
