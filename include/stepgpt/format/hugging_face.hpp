// A model as a Hugging Face folder: config.json and model.safetensors, as transformers' GPT2LMHeadModel has them.
//
//     const auto model = load_pretrained<gpt<float>>("out/my-model");
//
// The tensors' names are ours already, with or without "transformer." before them; linear weights lie [in, out] in both.
// Not here: the tokenizer of the folder (token/tokenizer_files.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

// The config.json of a model.
inline std::string config_text(const gpt_config& c) {
    return json{{"model_type", "gpt2"},
                {"architectures", {"GPT2LMHeadModel"}},
                {"vocab_size", c.vocab_size},
                {"n_positions", c.block_size},
                {"n_ctx", c.block_size},
                {"n_layer", c.n_layer},
                {"n_head", c.n_head},
                {"n_embd", c.n_embd},
                {"activation_function", "gelu_new"},
                {"layer_norm_epsilon", 1e-5},
                {"embd_pdrop", c.dropout},
                {"attn_pdrop", c.dropout},
                {"resid_pdrop", c.dropout},
                {"tie_word_embeddings", true},
                {"torch_dtype", "float32"}}
               .dump(2) + "\n";
}

// The sizes in a config.json; an error names a field that this library cannot honour.
inline gpt_config config_from(const json_fields& j) {
    const auto expect = [&](const char* key, const std::string& found, const char* wanted) {
        if (found != wanted) j.refuse(key, found, wanted, "only the GPT-2 family can be loaded");
    };
    expect("model_type", j.get<std::string>("model_type"), "gpt2");
    expect("activation_function", j.get<std::string>("activation_function", "gelu_new"), "gelu_new");
    if (!j.get<bool>("tie_word_embeddings", true)) j.refuse("tie_word_embeddings", "false", "true");
    if (const auto eps = j.get<double>("layer_norm_epsilon", 1e-5); eps != 1e-5)
        j.refuse("layer_norm_epsilon", std::to_string(eps), "1e-05");
    const gpt_config c{.vocab_size = j.get<std::size_t>("vocab_size"),
                       .block_size = j.get<std::size_t>("n_positions"),
                       .n_layer = j.get<std::size_t>("n_layer"),
                       .n_head = j.get<std::size_t>("n_head"),
                       .n_embd = j.get<std::size_t>("n_embd"),
                       .dropout = j.get<double>("resid_pdrop", 0)};
    check(c);
    return c;
}

inline gpt_config load_config(const std::filesystem::path& folder) {
    const auto path = folder / "config.json";
    if (!std::filesystem::is_directory(folder))
        throw error({.where = folder.string(), .found = std::filesystem::exists(folder) ? "a file" : "nothing",
                     .wanted = "a model folder", .hint = "train writes one: train --data ... --out " + folder.string()});
    return config_from({read_json(path), path.string()});
}

// Numbers of a configuration from a hostile file are believed only as far as the weights beside it reach.
inline void expect_size(const gpt_config& c, const safetensors_file& file) {
    std::size_t stored = 0;
    for (const auto& entry : file.tensors()) stored += entry.size;
    if (parameter_count(c) > stored)
        throw error({.where = file.where(), .found = std::to_string(stored) + " weights",
                     .wanted = std::to_string(parameter_count(c)) + ", as config.json says",
                     .hint = "config.json and model.safetensors are not of the same model"});
}

template <class Model>
Model load_pretrained(const std::filesystem::path& folder) {
    const gpt_config config = load_config(folder);
    const safetensors_file file(folder / "model.safetensors");
    expect_size(config, file);
    Model model(config);
    const bool prefixed = file.find("transformer.wte.weight") != nullptr;
    auto all = parameters(model);
    if (prefixed)
        for (auto& p : all) p.name = "transformer." + p.name;
    std::vector<std::string> names;
    for (const auto& entry : file.tensors()) {
        const bool buffer = entry.name.ends_with(".attn.bias") || entry.name.ends_with(".attn.masked_bias");
        if (!buffer && entry.name != "lm_head.weight") names.push_back(entry.name);   // the mask, and the tied head
    }
    expect_none(differences(all, names, [&](const std::string& name) { return stored_tensor{&file, file.find(name)}; }),
                file.where());
    for (const auto& p : all) file.read(p.name, std::span<typename Model::real>(p.value, p.size));
    return model;
}

}  // namespace stepgpt
