// Stochastic gradient descent with momentum over all parameters of a model. kernel/optimizer.hpp has the formula.
//
// The simplest optimizer that works; it shows what AdamW is worth. One moment a weight; matrices decay, the rest does not.
// Weights that are frozen when it is made have no moment, and must stay frozen.
#pragma once

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

struct sgd_options {
    double momentum = 0.9;
    double weight_decay = 0;
};

template <class Real, class Device = simd>
class sgd {
public:
    using parameter_list = std::vector<parameter_view<Real>>;

    sgd() = default;
    sgd(const sgd_options& options, const parameter_list& all) : options_(options) {
        work_.reserve(all.size());
        for (const auto& p : all) {
            m_.emplace_back();
            resize(m_.back(), {*p.trainable ? p.size : 0});
            set_to_zero(Device{}, m_.back().data(), m_.back().size());
        }
    }

    void step(const parameter_list& all, double lr, double gradient_scale) {
        ++t_;
        sgd_update_all(Device{}, weights(all), numbers(lr, gradient_scale, t_), t_);
    }

    // The halves of step, for a device that makes it in a way of its own: what learns, with its moments ...
    std::span<const optimized<Real>> weights(const parameter_list& all) {
        work_.clear();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& p = all[i];
            if (!*p.trainable) continue;
            work_.push_back({p.grad, p.value, p.master, m_[i].data(), nullptr, p.size, p.is_matrix(),
                             static_cast<std::uint32_t>(i)});
        }
        return work_;
    }
    // ... and the numbers of step t.
    sgd_step numbers(double lr, double gradient_scale, std::uint64_t /*t*/) const {
        return {.lr = lr, .momentum = options_.momentum, .decay = options_.weight_decay, .gradient_scale = gradient_scale};
    }

    std::uint64_t t() const { return t_; }
    void set_t(std::uint64_t t) { t_ = t; }

    // What a checkpoint keeps: "h.0.ln_1.weight.m", shaped as the weight.
    std::vector<parameter_view<accumulator<Real>>> state(const parameter_list& all) {
        std::vector<parameter_view<accumulator<Real>>> kept;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (m_[i].size() > 0)
                kept.push_back({all[i].name + ".m", all[i].shape, m_[i].data(), nullptr, all[i].size, nullptr});
        return kept;
    }

private:
    sgd_options options_;
    std::vector<tensor<accumulator<Real>, 1, Device>> m_;
    std::vector<optimized<Real>> work_;    // of a step
    std::uint64_t t_ = 0;                  // steps taken
};

}  // namespace stepgpt
