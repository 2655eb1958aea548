// LoRA on a model: small matrices beside chosen layers learn, all else is frozen (Hu et al. 2021).
//
//     add_lora(model, {.rank = 8, .alpha = 16, .targets = {"c_attn"}}, seed);
//     ... train as ever ...
//     auto taken = merge_lora(model);                         // W += scale A^T B^T: a plain model again
//     unmerge_lora(model, std::move(taken));                  // and back
//
// At first B is zero, so the model is the base model bit by bit. Not here: what the addition computes
// (nn/low_rank.hpp), adapters in files (adapter.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/format/peft.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/parameters_here.hpp>
#include <stepgpt/nn/gpt.hpp>

namespace stepgpt {

// The linear layers of a model, in the order of its files.
template <class Model, class Visit>
void each_linear(Model& model, Visit&& visit) {
    for (auto& layer : model.h) {
        visit(layer.attn.c_attn);
        visit(layer.attn.c_proj);
        visit(layer.mlp.c_fc);
        visit(layer.mlp.c_proj);
    }
}

// Does a list of targets mean this layer? As in PEFT: by the last part or parts of its name, or "all-linear".
inline bool is_target(const std::string& layer, const std::vector<std::string>& targets) {
    return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
        return target == "all-linear" || layer == target || layer.ends_with("." + target);
    });
}

namespace detail {

// Matrices of the right size; their values are not set. `place` tells dropouts apart.
template <class Real, class Device>
void attach(linear<Real, Device>& layer, const adapter_settings& s, std::uint32_t place) {
    const std::size_t in = layer.weight.value.shape(0), out = layer.weight.value.shape(1);
    layer.lora.A.resize({s.rank, in});
    layer.lora.B.resize({out, s.rank});
    layer.lora.scale = s.scale();
    layer.lora.drop = {s.dropout, 0x8000 + place};
}

// weight += sign scale A^T B^T, on the host: it happens once.
template <class Real, class Device>
void add_product(linear<Real, Device>& layer, low_rank<Real, Device>& lora, double sign) {
    const std::size_t in = layer.weight.value.shape(0), out = layer.weight.value.shape(1), rank = lora.rank();
    const parameters_here here(Device{}, std::vector{view_of("weight", layer.weight), view_of("A", lora.A), view_of("B", lora.B)});
    const auto& all = here.views();
    auto *const weight = all[0].value, *const A = all[1].value, *const B = all[2].value;
    for (std::size_t i = 0; i < in; ++i)
        for (std::size_t o = 0; o < out; ++o) {
            double sum = 0;
            for (std::size_t r = 0; r < rank; ++r)
                sum += static_cast<double>(A[r * in + i]) * static_cast<double>(B[o * rank + r]);
            weight[i * out + o] += static_cast<accumulator<Real>>(sign * lora.scale * sum);
        }
    here.send();
}

template <class Real, class Device>
void zero_gradients_of(low_rank<Real, Device>& lora) {
    set_to_zero(Device{}, lora.A.grad.data(), lora.A.grad.size());
    set_to_zero(Device{}, lora.B.grad.data(), lora.B.grad.size());
}

}  // namespace detail

// Gives the target layers an addition and freezes all other weights. A is uniform in +-1/sqrt(in), as PEFT begins (its
// Kaiming rule with a = sqrt(5)). Returns how many numbers there are to learn.
template <class Model>
std::size_t add_lora(Model& model, const adapter_settings& s, std::uint64_t seed) {
    using Real = accumulator<typename Model::real>;
    using Device = typename Model::device;
    if (s.rank < 1 || s.rank > model.config.n_embd)
        throw error({.where = "LoRA", .subject = "rank", .found = std::to_string(s.rank),
                     .wanted = "1 to n_embd = " + std::to_string(model.config.n_embd)});
    if (!(std::isfinite(s.alpha) && s.alpha > 0))
        throw error({.where = "LoRA", .subject = "alpha", .found = std::to_string(s.alpha), .wanted = "a number above 0"});
    if (!(s.dropout >= 0 && s.dropout < 1))
        throw error({.where = "LoRA", .subject = "dropout", .found = std::to_string(s.dropout), .wanted = "0 <= share < 1"});
    for (const auto& target : s.targets) {
        bool any = false;
        each_linear(model, [&](auto& layer) { any = any || is_target(layer.name, {target}); });
        if (!any)
            throw error({.where = "LoRA", .subject = target, .found = "no layer of such a name",
                         .wanted = "c_attn, c_proj, c_fc, attn.c_proj, mlp.c_proj, h.0.attn.c_attn ... or all-linear"});
    }
    model.each_parameter([](const std::string&, auto& p) { p.trainable = false; });
    std::size_t learning = 0;
    std::uint32_t place = 0;
    each_linear(model, [&](auto& layer) {
        const std::uint32_t its_own = place++;
        if (!is_target(layer.name, s.targets)) return;
        detail::attach(layer, s, its_own);
        const parameters_here here(Device{}, std::vector{view_of("A", layer.lora.A), view_of("B", layer.lora.B)});
        const auto &A = here.views()[0], &B = here.views()[1];
        const random_numbers draw(seed, stream::init, 0x8000 + its_own);
        const double bound = 1 / std::sqrt(static_cast<double>(layer.weight.value.shape(0)));
        for (std::size_t i = 0; i < A.size; ++i) A.value[i] = static_cast<Real>(bound * (2 * draw.uniform(i) - 1));
        std::fill_n(B.value, B.size, Real(0));
        here.send();
        detail::zero_gradients_of(layer.lora);
        learning += A.size + B.size;
    });
    return learning;
}

// The additions become part of the weights; what is returned can be taken out again.
template <class Model>
auto merge_lora(Model& model) {
    using addition = low_rank<typename Model::real, typename Model::device>;
    std::map<std::string, addition> taken;
    each_linear(model, [&](auto& layer) {
        if (layer.lora.rank() == 0) return;
        detail::add_product(layer, layer.lora, 1);
        taken.emplace(layer.name, std::exchange(layer.lora, {}));
    });
    return taken;
}

// Takes them out of the weights, to within rounding, and puts them beside the layers again.
template <class Model, class Taken>
void unmerge_lora(Model& model, Taken taken) {
    each_linear(model, [&](auto& layer) {
        const auto at = taken.find(layer.name);
        if (at == taken.end()) return;
        detail::add_product(layer, at->second, -1);
        layer.lora = std::move(at->second);
    });
}

}  // namespace stepgpt
