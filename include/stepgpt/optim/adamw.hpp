// AdamW over all parameters of a model. kernel/optimizer.hpp has the formula.
//
// Matrices and embeddings decay, biases and gains do not (nanoGPT's rule: what is multiplied decays, what is added does
// not). State: two moments a weight, kept in visiting order and never keyed by address; one tick of `t` a step. Weights
// that are frozen when it is made have none, and must stay frozen.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/optimizer_all.hpp>

namespace stepgpt {

struct adamw_options {
    double beta1 = 0.9;            // memory of the mean of the gradient
    double beta2 = 0.99;           // memory of the mean of its square
    double eps = 1e-8;
    double weight_decay = 0.1;     // a step shrinks a matrix by lr * weight_decay
};

template <class Real, class Device = simd>
class adamw {
public:
    using parameter_list = std::vector<parameter_view<Real>>;

    adamw() = default;
    adamw(const adamw_options& options, const parameter_list& all) : options_(options) {
        work_.reserve(all.size());
        for (const auto& p : all) {
            m_.emplace_back();
            v_.emplace_back();
            resize(m_.back(), {*p.trainable ? p.size : 0});
            resize(v_.back(), {*p.trainable ? p.size : 0});
            set_to_zero(Device{}, m_.back().data(), m_.back().size());
            set_to_zero(Device{}, v_.back().data(), v_.back().size());
        }
    }

    // One step along gradient_scale * grad. `all` is in the order that the constructor saw.
    void step(const parameter_list& all, double lr, double gradient_scale) {
        ++t_;
        adamw_update_all(Device{}, weights(all), numbers(lr, gradient_scale, t_), t_);
    }

    // The halves of step, for a device that makes it in a way of its own: what learns, with its moments ...
    std::span<const optimized<Real>> weights(const parameter_list& all) {
        work_.clear();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& p = all[i];
            if (!*p.trainable) continue;
            work_.push_back({p.grad, p.value, p.master, m_[i].data(), v_[i].data(), p.size, p.is_matrix(),
                             static_cast<std::uint32_t>(i)});
        }
        return work_;
    }
    // ... and the numbers of step t.
    adamw_step numbers(double lr, double gradient_scale, std::uint64_t t) const {
        const auto power = static_cast<double>(t);
        return {.lr = lr, .beta1 = options_.beta1, .beta2 = options_.beta2, .eps = options_.eps, .decay = options_.weight_decay,
                .correction1 = 1 - std::pow(options_.beta1, power), .correction2 = 1 - std::pow(options_.beta2, power),
                .gradient_scale = gradient_scale};
    }

    std::uint64_t t() const { return t_; }
    void set_t(std::uint64_t t) { t_ = t; }

    // What a checkpoint keeps: "h.0.ln_1.weight.m" and ".v", shaped as the weight.
    std::vector<parameter_view<accumulator<Real>>> state(const parameter_list& all) {
        std::vector<parameter_view<accumulator<Real>>> kept;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (m_[i].size() == 0) continue;
            kept.push_back({all[i].name + ".m", all[i].shape, m_[i].data(), nullptr, all[i].size, nullptr});
            kept.push_back({all[i].name + ".v", all[i].shape, v_[i].data(), nullptr, all[i].size, nullptr});
        }
        return kept;
    }

private:
    adamw_options options_;
    std::vector<tensor<accumulator<Real>, 1, Device>> m_, v_;
    std::vector<optimized<Real>> work_;    // of a step
    std::uint64_t t_ = 0;                  // steps taken
};

}  // namespace stepgpt
