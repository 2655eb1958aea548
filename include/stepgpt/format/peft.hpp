// LoRA adapters as the PEFT library keeps them: adapter_config.json and adapter_model.safetensors.
//
//     save_adapter("my-adapter", {.base = "gpt2", .rank = 8, .alpha = 16}, pairs);
//     const adapter_file file("my-adapter");
//     file.read(pairs);
//
// To a layer y = x W + b an adapter adds scale * (x A^T) B^T, with A (rank, in) and B (out, rank) (Hu et al. 2021).
// Not here: how they are trained, merged and applied (finetune/lora.hpp, adapter.hpp).
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/folder.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/format/safetensors.hpp>

namespace stepgpt {

struct adapter_settings {
    std::string base = {};                             // name or path of the model that it belongs to
    std::size_t rank = 8;
    double alpha = 16;
    double dropout = 0;                                // of x, in training
    bool rank_stabilised = false;                      // scale alpha / sqrt(rank) (Kalajdzievski 2023)
    std::vector<std::string> targets = {"c_attn"};     // ends of the names of layers
    std::string base_weights = {};                     // hash of the base's weights; "": not known, as in PEFT's files

    double scale() const {
        const auto r = static_cast<double>(rank);
        return alpha / (rank_stabilised ? std::sqrt(r) : r);
    }
};

// The two matrices of one layer.
template <class Real>
struct adapter_pair {
    std::string layer;                                 // "h.0.attn.c_attn"
    std::size_t in = 0, out = 0;
    Real* A = nullptr;                                 // (rank, in)
    Real* B = nullptr;                                 // (out, rank)
};

template <class Real>
void save_adapter(const std::filesystem::path& folder, const adapter_settings& s,
                  const std::vector<adapter_pair<Real>>& pairs) {
    std::vector<tensor_source> tensors;
    const auto add = [&](const std::string& name, std::size_t rows, std::size_t columns, const Real* values) {
        tensors.emplace_back("base_model.model.transformer." + name, std::vector{rows, columns},
                             std::span(values, rows * columns));
    };
    for (const auto& p : pairs) {
        add(p.layer + ".lora_A.weight", s.rank, p.in, p.A);
        add(p.layer + ".lora_B.weight", p.out, s.rank, p.B);
    }
    const json config{{"peft_type", "LORA"}, {"task_type", "CAUSAL_LM"}, {"base_model_name_or_path", s.base},
                      {"r", s.rank}, {"lora_alpha", s.alpha}, {"lora_dropout", s.dropout},
                      {"use_rslora", s.rank_stabilised}, {"target_modules", s.targets}, {"fan_in_fan_out", true},
                      {"bias", "none"}, {"inference_mode", true}, {"init_lora_weights", true},
                      {"modules_to_save", nullptr}};
    std::map<std::string, std::string> about_base;     // where PEFT looks for nothing
    if (!s.base_weights.empty()) about_base["base_weights"] = s.base_weights;
    staged_folder stage(folder);
    stage.write("adapter_config.json", config.dump(2) + "\n");
    stage.write("adapter_model.safetensors", [&](output_file& out) { write_safetensors(out, tensors, about_base); });
    stage.commit();
}

class adapter_file {
public:
    struct layer_size {
        std::size_t in = 0, out = 0;
    };

    explicit adapter_file(const std::filesystem::path& folder)
        : settings_(settings_from(folder / "adapter_config.json")), file_(folder / "adapter_model.safetensors") {
        for (const auto& entry : file_.tensors()) {
            const auto [layer, is_A] = layer_of(entry);
            auto& size = layers_[layer];
            const bool fits = entry.shape.size() == 2 && entry.shape[is_A ? 0 : 1] == settings_.rank;
            if (!fits) refuse(entry.name, shape_text(entry.shape), (is_A ? "(r, in)" : "(out, r)") + of_rank());
            (is_A ? size.in : size.out) = entry.shape[is_A ? 1 : 0];
            names_[{layer, is_A}] = entry.name;
        }
        for (const auto& [layer, size] : layers_)
            if (names_.count({layer, true}) + names_.count({layer, false}) != 2)
                refuse(layer, "one of lora_A and lora_B", "both");
        if (layers_.empty()) refuse("", "no adapter", "lora_A and lora_B of at least one layer");
        if (const auto base = file_.metadata().find("base_weights"); base != file_.metadata().end())
            settings_.base_weights = base->second;
    }

    const adapter_settings& settings() const { return settings_; }
    const std::map<std::string, layer_size>& layers() const { return layers_; }     // "h.0.attn.c_attn" -> in, out

    // Fills the pairs, which must be those of the file.
    template <class Real>
    void read(const std::vector<adapter_pair<Real>>& pairs) const {
        for (const auto& p : pairs) {
            const auto at = layers_.find(p.layer);
            if (at == layers_.end()) refuse(p.layer, "no adapter for this layer", "one");
            const layer_size wanted{.in = p.in, .out = p.out};
            if (at->second.in != wanted.in || at->second.out != wanted.out)
                refuse(p.layer, "a layer of " + text(at->second), text(wanted), "this adapter is for another base model");
        }
        if (pairs.size() != layers_.size())
            refuse("", std::to_string(layers_.size()) + " layers", std::to_string(pairs.size()));
        for (const auto& p : pairs) {
            file_.read(names_.at({p.layer, true}), std::span<Real>(p.A, settings_.rank * p.in));
            file_.read(names_.at({p.layer, false}), std::span<Real>(p.B, p.out * settings_.rank));
        }
    }

private:
    static std::string text(layer_size size) { return std::to_string(size.in) + " to " + std::to_string(size.out); }
    std::string of_rank() const { return " of rank " + std::to_string(settings_.rank); }

    static adapter_settings settings_from(const std::filesystem::path& path) {
        const json_fields j(read_json(path), path.string());
        const auto expect = [&](const char* key, const std::string& wanted) {
            if (const auto found = j.get<std::string>(key, wanted); found != wanted) j.refuse(key, found, wanted);
        };
        expect("peft_type", "LORA");
        expect("bias", "none");
        for (const char* key : {"use_dora", "lora_bias"})
            if (j.get<bool>(key, false)) j.refuse(key, "true", "false", "of PEFT's kinds, only plain LoRA can be read");
        for (const char* key : {"modules_to_save", "rank_pattern", "alpha_pattern", "target_parameters"})
            if (j.has(key) && !j.object().at(key).empty()) j.refuse(key, j.object().at(key).dump(), "none");
        adapter_settings s{.base = j.get<std::string>("base_model_name_or_path", ""),
                           .rank = j.get<std::size_t>("r"),
                           .alpha = j.get<double>("lora_alpha"),
                           .dropout = j.get<double>("lora_dropout", 0),
                           .rank_stabilised = j.get<bool>("use_rslora", false),
                           .targets = {}};
        if (s.rank < 1 || s.rank > 100'000) j.refuse("r", std::to_string(s.rank), "1 to 100000");
        if (!(std::isfinite(s.alpha) && s.alpha > 0)) j.refuse("lora_alpha", json(s.alpha).dump(), "a number above 0");
        if (!(s.dropout >= 0 && s.dropout < 1)) j.refuse("lora_dropout", json(s.dropout).dump(), "0 <= share < 1");
        const auto targets = j.get<json>("target_modules", json());
        for (const auto& target : targets.is_string() ? json{targets} : targets) {
            if (!target.is_string()) j.refuse("target_modules", targets.dump(), "names of layers");
            s.targets.push_back(target);
        }
        return s;
    }

    // "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight" -> "h.0.attn.c_attn", true
    std::pair<std::string, bool> layer_of(const tensor_entry& entry) const {
        std::string_view name = entry.name;
        for (const std::string_view prefix : {"base_model.model.", "transformer."})
            if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
        for (const bool is_A : {true, false})
            if (const std::string_view end = is_A ? ".lora_A.weight" : ".lora_B.weight"; name.ends_with(end))
                return {std::string(name.substr(0, name.size() - end.size())), is_A};
        refuse(entry.name, "a tensor of unknown meaning", "lora_A.weight or lora_B.weight of a layer");
    }

    [[noreturn]] void refuse(std::string subject, std::string found, std::string wanted, std::string hint = {}) const {
        throw error({.where = file_.where(), .subject = std::move(subject), .found = std::move(found),
                     .wanted = std::move(wanted), .hint = std::move(hint)});
    }

    adapter_settings settings_;
    safetensors_file file_;
    std::map<std::string, layer_size> layers_;
    std::map<std::pair<std::string, bool>, std::string> names_;     // (layer, is it A) -> the tensor's name in the file
};

}  // namespace stepgpt
