// The parameters of a model where a program can read and write them, whatever its device: for files, for initial weights.
//
//     parameters_here weights(Device{}, parameters(model));
//     save_safetensors("w.safetensors", sources_of(weights.views()));       // or write to weights.views(), and then
//     weights.send();
//
// On cpu and simd these are the parameters themselves. Of a GPU's they are copies of `value` (not of gradients), and send()
// carries them back; of a bf16 weight they are its master, from which send() rounds the weight as the optimizer's step t did.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/memory.hpp>

namespace stepgpt {

template <class Device, class Real>
class parameters_here {
public:
    using full = accumulator<Real>;

    parameters_here(Device, const std::vector<parameter_view<Real>>& all) : there_(all) {
        for (const auto& p : there_) {
            memory_.emplace_back(p.size);
            to_host(Device{}, full_precision(p), memory_.back().data(), p.size);
            views_.push_back({p.name, p.shape, memory_.back().data(), nullptr, p.size, p.trainable});
        }
    }

    const std::vector<parameter_view<full>>& views() const { return views_; }

    void send(std::uint64_t t = 0) const {
        for (std::size_t i = 0; i < there_.size(); ++i) {
            const auto& p = there_[i];
            to_device(Device{}, memory_[i].data(), full_precision(p), p.size);
            if constexpr (!std::same_as<Real, full>)
                round_weights(Device{}, p.master, p.value, p.size, static_cast<std::uint32_t>(i), t);
        }
    }

private:
    static full* full_precision(const parameter_view<Real>& p) {
        if constexpr (std::same_as<Real, full>) return p.value;
        else return p.master;
    }

    std::vector<parameter_view<Real>> there_;
    std::vector<std::vector<full>> memory_;
    std::vector<parameter_view<full>> views_;
};

template <std::derived_from<cpu> Device, class Real>
class parameters_here<Device, Real> {
public:
    parameters_here(Device, const std::vector<parameter_view<Real>>& all) : views_(all) {}

    const std::vector<parameter_view<Real>>& views() const { return views_; }
    void send(std::uint64_t /*t*/ = 0) const {}

private:
    std::vector<parameter_view<Real>> views_;
};

}  // namespace stepgpt
