// Stochastic gradient descent with momentum over all parameters of a model. kernel/optimizer.hpp has the formula.
//
// The simplest optimizer that works; it shows what AdamW is worth. One moment a weight; matrices decay, the rest does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/optimizer.hpp>

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
        for (const auto& p : all) {
            m_.emplace_back();
            resize(m_.back(), {p.size});
            fill(m_.back(), 0);
        }
    }

    void step(const parameter_list& all, double lr, double gradient_scale) {
        ++t_;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& p = all[i];
            if (!*p.trainable) continue;
            const sgd_step numbers{.lr = lr, .momentum = options_.momentum,
                                   .decay = p.is_matrix() ? options_.weight_decay : 0, .gradient_scale = gradient_scale};
            sgd_update(Device{}, p.grad, p.value, m_[i].data(), numbers, p.size);
        }
    }

    std::uint64_t t() const { return t_; }
    void set_t(std::uint64_t t) { t_ = t; }

    // What a checkpoint keeps: "h.0.ln_1.weight.m", shaped as the weight.
    parameter_list state(const parameter_list& all) {
        parameter_list kept;
        for (std::size_t i = 0; i < all.size(); ++i)
            kept.push_back({all[i].name + ".m", all[i].shape, m_[i].data(), nullptr, all[i].size, nullptr});
        return kept;
    }

private:
    sgd_options options_;
    std::vector<tensor<Real, 1, Device>> m_;
    std::uint64_t t_ = 0;          // steps taken
};

}  // namespace stepgpt
