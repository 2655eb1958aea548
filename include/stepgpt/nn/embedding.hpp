// Tokens to vectors:  ids (B,T) -> x (B,T,C),  x[b,t] = wte[ids[b,t]] + wpe[t].
//
// It learns what each token means (wte) and what each place means (wpe). wte is also the head of the model (nn/gpt.hpp).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/embedding.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/nn/pass.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct embedding {
    parameter<Real, 2, Device> wte;       // (V,C) a row for each token
    parameter<Real, 2, Device> wpe;       // (block_size,C) a row for each position

    struct cache {
        token_ids<Device> ids;            // (B,T) where the device can read them
        tensor<Real, 3, Device> y;        // (B,T,C)
        std::span<const std::size_t> sequences;   // their ends, if they are not the rows (nn/pass.hpp)
    };

    embedding() = default;
    embedding(std::size_t V, std::size_t block_size, std::size_t C) {
        wte.resize({V, C});
        wpe.resize({block_size, C});
    }

    const tensor<Real, 3, Device>& forward(const token_ids<>& ids, cache& c, pass run = {}) const {
        take(ids, c);
        return forward(c, run);
    }

    // Its halves: the ids are checked and brought to the device, and become vectors there.
    void take(const token_ids<>& ids, cache& c) const {
        check(ids);
        resize(c.ids, {ids.shape(0), ids.shape(1)});
        to_device(Device{}, ids.data(), c.ids.data(), ids.size());
    }
    const tensor<Real, 3, Device>& forward(cache& c, pass run) const {
        const std::size_t B = c.ids.shape(0), T = c.ids.shape(1), C = wte.value.shape(1);
        resize(c.y, {B, T, C});
        c.sequences = run.sequences;
        each_sequence(c.sequences, B, T, [&](std::size_t first, std::size_t rows, std::size_t length) {
            embedding_forward(Device{}, c.ids.data() + first, wte.value.data(), wpe.value.data(), c.y.data() + first * C, rows,
                              length, C);
        });
        trace("embedding", "y", c.y);
        return c.y;
    }

    // There is no gradient with respect to ids: backward ends here; they are forward's. It adds; whoever wants the gradient
    // alone sets both matrices' to zero before (wte's may hold the head's share by now).
    void backward(const tensor<Real, 3, Device>& dy, const cache& c) {
        const std::size_t B = c.ids.shape(0), T = c.ids.shape(1), C = wte.value.shape(1);
        expect_shape(dy, {B, T, C}, "gradient of the embedding (B,T,C)");
        if (!wte.trainable && !wpe.trainable) return;
        each_sequence(c.sequences, B, T, [&](std::size_t first, std::size_t rows, std::size_t length) {
            embedding_backward(Device{}, c.ids.data() + first, dy.data() + first * C, wte.grad.data(), wpe.grad.data(), rows,
                               length, C);
        });
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit("wte.weight", wte);
        visit("wpe.weight", wpe);
    }

private:
    void check(const token_ids<>& ids) const {
        const auto V = static_cast<token>(wte.value.shape(0));
        if (ids.shape(1) > wpe.value.shape(0))
            throw error({.where = "embedding",
                         .found = std::to_string(ids.shape(1)) + " tokens in a row",
                         .wanted = "at most block_size = " + std::to_string(wpe.value.shape(0))});
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (ids.data()[i] < 0 || ids.data()[i] >= V)
                throw error({.where = "embedding",
                             .subject = "ids[" + std::to_string(i / ids.shape(1)) + "," + std::to_string(i % ids.shape(1)) + "]",
                             .found = "token id " + std::to_string(ids.data()[i]),
                             .wanted = "0 to " + std::to_string(V - 1),
                             .hint = "were the tokens made with the tokenizer of this model?"});
    }
};

}  // namespace stepgpt
