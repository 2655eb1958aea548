// The adapter of a model goes into a folder, and comes back to the same base model.
//
//     save_lora("out/adapter", model, settings);              // a few megabytes, for PEFT and for load_lora
//     load_lora(base, "out/adapter");                         // beside the weights of base; merge_lora(base) adds it to them
//
// Not here: what is added and how it is learnt (lora.hpp), the files (format/peft.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/finetune/lora.hpp>
#include <stepgpt/format/peft.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/kernel/parameters_here.hpp>

namespace stepgpt {

namespace detail {

// A and B of every layer that has them, one after the other.
template <class Model>
std::vector<parameter_view<typename Model::real>> matrices_of(Model& model) {
    std::vector<parameter_view<typename Model::real>> all;
    each_linear(model, [&](auto& layer) {
        if (layer.lora.rank() == 0) return;
        all.push_back(view_of("A", layer.lora.A));
        all.push_back(view_of("B", layer.lora.B));
    });
    return all;
}

// The same for a file; `here` are the matrices where they can be read and written.
template <class Model, class Full>
std::vector<adapter_pair<Full>> pairs_of(Model& model, const std::vector<parameter_view<Full>>& here) {
    std::vector<adapter_pair<Full>> pairs;
    each_linear(model, [&](auto& layer) {
        if (layer.lora.rank() == 0) return;
        const std::size_t next = 2 * pairs.size();
        pairs.push_back({layer.name, layer.weight.value.shape(0), layer.weight.value.shape(1), here[next].value,
                         here[next + 1].value});
    });
    return pairs;
}

}  // namespace detail

// A hash of a model's weights, without what LoRA put beside them: of their values as floats, whatever they are stored as.
template <class Model>
std::string base_hash(Model& model) {
    auto weights = parameters(model);
    std::erase_if(weights, [](const auto& p) {
        return p.name.ends_with(".lora_A.weight") || p.name.ends_with(".lora_B.weight");
    });
    const parameters_here here(typename Model::device{}, std::move(weights));
    hasher h;
    std::vector<float> block;
    for (const auto& p : here.views())
        for (std::size_t at = 0; at < p.size; at += block.size()) {
            block.assign(p.value + at, p.value + std::min<std::size_t>(at + 4096, p.size));
            h.add(std::as_bytes(std::span(block)));
        }
    return hash_text(h.value());
}

// The file says which base model the adapter was learnt beside, so that it is not put on another one.
template <class Model>
void save_lora(const std::filesystem::path& folder, Model& model, adapter_settings settings) {
    settings.base_weights = base_hash(model);
    const parameters_here here(typename Model::device{}, detail::matrices_of(model));
    save_adapter(folder, settings, detail::pairs_of(model, here.views()));
}

// Puts an adapter from a folder beside the layers of its base model. The adapter's weights can be learnt, others cannot.
template <class Model>
adapter_settings load_lora(Model& model, const std::filesystem::path& folder) {
    const adapter_file file(folder);
    std::vector<std::string> known;
    each_linear(model, [&](auto& layer) { known.push_back(layer.name); });
    for (const auto& [name, size] : file.layers())
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw error({.where = folder.string(), .subject = name, .found = "an adapter for a layer that this model lacks",
                         .wanted = "one for its base model", .hint = did_you_mean(name, known)});
    // The sizes are compared before memory is taken for them.
    each_linear(model, [&](auto& layer) {
        const auto at = file.layers().find(layer.name);
        const std::size_t in = layer.weight.value.shape(0), out = layer.weight.value.shape(1);
        if (at != file.layers().end() && (at->second.in != in || at->second.out != out))
            throw error({.where = folder.string(), .subject = layer.name,
                         .found = "a layer of " + std::to_string(at->second.in) + " to " + std::to_string(at->second.out),
                         .wanted = std::to_string(in) + " to " + std::to_string(out),
                         .hint = "this adapter is for another base model" +
                                 (file.settings().base.empty() ? "" : ": " + file.settings().base)});
    });
    if (const auto& base = file.settings().base_weights; !base.empty() && base != base_hash(model))
        throw error({.where = folder.string(), .found = "an adapter that was learnt beside other weights",
                     .wanted = "the base model that it belongs to" +
                               (file.settings().base.empty() ? "" : ": " + file.settings().base),
                     .hint = "the adapter's part is already in the model that finetune writes beside it"});
    model.each_parameter([](const std::string&, auto& p) { p.trainable = false; });
    std::uint32_t place = 0;
    each_linear(model, [&](auto& layer) {
        const std::uint32_t its_own = place++;
        layer.lora = {};
        if (!file.layers().contains(layer.name)) return;
        detail::attach(layer, file.settings(), its_own);
        detail::zero_gradients_of(layer.lora);
    });
    const parameters_here here(typename Model::device{}, detail::matrices_of(model));
    file.read(detail::pairs_of(model, here.views()));
    expect_finite(here.views(), folder.string());
    here.send();
    return file.settings();
}

}  // namespace stepgpt
