// AdamW over all parameters of a model. kernel/optimizer.hpp has the formula.
//
// Matrices and embeddings decay, biases and gains do not (nanoGPT's rule: what is multiplied decays, what is added does
// not). State: two moments a weight, kept in visiting order and never keyed by address; one tick of `t` a step.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/optimizer.hpp>

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
        for (const auto& p : all) {
            m_.emplace_back();
            v_.emplace_back();
            resize(m_.back(), {p.size});
            resize(v_.back(), {p.size});
            fill(m_.back(), 0);
            fill(v_.back(), 0);
        }
    }

    // One step along gradient_scale * grad. `all` is in the order that the constructor saw.
    void step(const parameter_list& all, double lr, double gradient_scale) {
        ++t_;
        const auto t = static_cast<double>(t_);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& p = all[i];
            if (!*p.trainable) continue;
            const adamw_step numbers{.lr = lr, .beta1 = options_.beta1, .beta2 = options_.beta2, .eps = options_.eps,
                                     .decay = p.is_matrix() ? options_.weight_decay : 0,
                                     .correction1 = 1 - std::pow(options_.beta1, t),
                                     .correction2 = 1 - std::pow(options_.beta2, t),
                                     .gradient_scale = gradient_scale};
            adamw_update(Device{}, p.grad, p.value, m_[i].data(), v_[i].data(), numbers, p.size);
        }
    }

    std::uint64_t t() const { return t_; }
    void set_t(std::uint64_t t) { t_ = t; }

    // What a checkpoint keeps: "h.0.ln_1.weight.m" and ".v", shaped as the weight.
    parameter_list state(const parameter_list& all) {
        parameter_list kept;
        for (std::size_t i = 0; i < all.size(); ++i) {
            kept.push_back({all[i].name + ".m", all[i].shape, m_[i].data(), nullptr, all[i].size, nullptr});
            kept.push_back({all[i].name + ".v", all[i].shape, v_[i].data(), nullptr, all[i].size, nullptr});
        }
        return kept;
    }

private:
    adamw_options options_;
    std::vector<tensor<Real, 1, Device>> m_, v_;
    std::uint64_t t_ = 0;          // steps taken
};

}  // namespace stepgpt
