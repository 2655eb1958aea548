// The question that a GPT is asked:  logits (B,T,V), targets (B,T) -> loss, the mean of -log p[target].
// In nats; a model that knows nothing has ln V. Negative targets are not asked.
#pragma once

#include <cstddef>
#include <string>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/cross_entropy.hpp>
#include <stepgpt/kernel/memory.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct cross_entropy {
    struct cache {
        token_ids<Device> targets;                      // (B,T) where the device can read them
        tensor<accumulator<Real>, 2, Device> losses;    // (B,T) 0 where the target is ignored
        tensor<accumulator<Real>, 2, Device> log_sum;   // (B,T) log of the sum of exp(logits)
        std::size_t count = 0;                          // targets that were asked
    };

    // The targets are checked, counted and brought to the device.
    void take(const token_ids<>& targets, std::size_t V, cache& c) const {
        const std::size_t B = targets.shape(0), T = targets.shape(1);
        resize(c.targets, {B, T});
        resize(c.losses, {B, T});
        c.count = 0;
        for (std::size_t i = 0; i < B * T; ++i) {
            if (targets.data()[i] >= static_cast<token>(V))
                throw error({.where = "cross_entropy",
                             .subject = "targets[" + std::to_string(i / T) + "," + std::to_string(i % T) + "]",
                             .found = "token id " + std::to_string(targets.data()[i]),
                             .wanted = "at most " + std::to_string(V - 1) + ", or negative to ignore it"});
            c.count += targets.data()[i] >= 0;
        }
        to_device(Device{}, targets.data(), c.targets.data(), B * T);
    }

    double forward(const tensor<Real, 3, Device>& logits, const token_ids<>& targets, cache& c) const {
        const std::size_t B = logits.shape(0), T = logits.shape(1), V = logits.shape(2);
        expect_shape(targets, {B, T}, "targets (B,T)");
        take(targets, V, c);
        resize(c.log_sum, {B, T});
        cross_entropy_forward(Device{}, logits.data(), c.targets.data(), c.losses.data(), c.log_sum.data(), B * T, V);
        trace("cross_entropy", "losses", c.losses);
        const double sum = sum_of(Device{}, c.losses.data(), B * T);
        return c.count ? sum / static_cast<double>(c.count) : 0;
    }

    // Writes the gradient over the logits, times `scale`: nobody needs them any more, and at V = 50,257 they are the
    // largest tensor of a step. The targets are forward's.
    void backward(tensor<Real, 3, Device>& logits, const token_ids<>& targets, const cache& c, double scale = 1) const {
        expect_shape(targets, {logits.shape(0), logits.shape(1)}, "targets (B,T)");
        const std::size_t rows = logits.shape(0) * logits.shape(1), V = logits.shape(2);
        const auto dloss = static_cast<accumulator<Real>>(c.count ? scale / static_cast<double>(c.count) : 0);
        cross_entropy_backward(Device{}, logits.data(), c.log_sum.data(), c.targets.data(), logits.data(), dloss, rows, V);
        trace("logits", "grad", logits);
    }
};

}  // namespace stepgpt
