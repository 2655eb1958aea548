// The question that a GPT is asked:  logits (B,T,V), targets (B,T) -> loss, the mean of -log p[target].
// In nats; a model that knows nothing has ln V. Negative targets are not asked.
#pragma once

#include <cstddef>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/cross_entropy.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
struct cross_entropy {
    struct cache {
        tensor<Real, 2, Device> losses;      // (B,T) 0 where the target is ignored
        tensor<Real, 2, Device> log_sum;     // (B,T) log of the sum of exp(logits)
        std::size_t count = 0;               // targets that were asked
    };

    double forward(const tensor<Real, 3, Device>& logits, const token_ids<Device>& targets, cache& c) const {
        const std::size_t B = logits.shape(0), T = logits.shape(1), V = logits.shape(2);
        expect_shape(targets, {B, T}, "targets (B,T)");
        resize(c.losses, {B, T});
        resize(c.log_sum, {B, T});
        c.count = 0;
        for (std::size_t i = 0; i < B * T; ++i) {
            if (targets.data()[i] >= static_cast<token>(V))
                throw error({.where = "cross_entropy",
                             .subject = "targets[" + std::to_string(i / T) + "," + std::to_string(i % T) + "]",
                             .found = "token id " + std::to_string(targets.data()[i]),
                             .wanted = "at most " + std::to_string(V - 1) + ", or negative to ignore it"});
            c.count += targets.data()[i] >= 0;
        }
        cross_entropy_forward(Device{}, logits.data(), targets.data(), c.losses.data(), c.log_sum.data(), B * T, V);
        trace("cross_entropy", "losses", c.losses);
        double sum = 0;
        for (std::size_t i = 0; i < B * T; ++i) sum += static_cast<double>(c.losses.data()[i]);
        return c.count ? sum / static_cast<double>(c.count) : 0;
    }

    // Writes the gradient over the logits, times `scale`: nobody needs them any more, and at V = 50,257 they are the
    // largest tensor of a step.
    void backward(tensor<Real, 3, Device>& logits, const token_ids<Device>& targets, const cache& c, double scale = 1) const {
        const std::size_t rows = logits.shape(0) * logits.shape(1), V = logits.shape(2);
        const auto dloss = static_cast<Real>(c.count ? scale / static_cast<double>(c.count) : 0);
        cross_entropy_backward(Device{}, logits.data(), c.log_sum.data(), targets.data(), logits.data(), dloss, rows, V);
        trace("logits", "grad", logits);
    }
};

}  // namespace stepgpt
