// A model as a Hugging Face folder: config.json, model.safetensors and the tokenizer, for and from transformers'
// AutoModelForCausalLM and AutoTokenizer.
//
//     auto model = load_pretrained<gpt<float>>("gpt2");
//     save_pretrained("my-gpt2", model, tokens);
//
// The tensors' names are ours already, with or without "transformer." before them, in one file or in shards; linear
// weights lie [in, out] in both. Nothing is allocated for the model before the files are known to hold it.
// Not here: reading the tokenizer (token/tokenizer_files.hpp), adapters (peft.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/folder.hpp>
#include <stepgpt/format/config_json.hpp>
#include <stepgpt/format/weight_files.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/kernel/parameters_here.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_json.hpp>

namespace stepgpt {

namespace detail {

// Numbers of a configuration from a hostile file are believed only as far as the weights beside it reach.
inline void expect_size(const gpt_config& c, const weight_files& weights) {
    std::size_t stored = 0;
    for (const auto& [name, tensor] : weights.tensors()) stored += tensor.entry->size;
    if (parameter_count(c) > stored)
        throw error({.where = weights.where(), .found = std::to_string(stored) + " weights",
                     .wanted = std::to_string(parameter_count(c)) + ", as config.json says",
                     .hint = "config.json and the weights are not of the same model"});
}

// A tied head is the token embedding. A file may hold it once more; if it holds another one, that is another model.
template <class Real>
void expect_tied(const weight_files& weights, std::span<const Real> wte) {
    if (!weights.find("lm_head.weight").entry) return;
    std::vector<Real> head(wte.size());
    weights.read("lm_head.weight", std::span(head));
    if (!std::equal(head.begin(), head.end(), wte.begin()))
        throw error({.where = weights.where(), .subject = "lm_head.weight", .found = "a head of its own",
                     .wanted = "wte.weight once more, or nothing",
                     .hint = "is \"tie_word_embeddings\": false missing in config.json?"});
}

}  // namespace detail

// The model in a folder. Weights that are not finite are an error, or told to `warn` if there is one.
template <class Model>
Model load_pretrained(const std::filesystem::path& folder, const std::function<void(const std::string&)>& warn = {}) {
    using Device = typename Model::device;
    using Real = accumulator<typename Model::real>;
    const gpt_config config = load_config(folder);
    const weight_files weights(folder);
    detail::expect_size(config, weights);
    std::vector<std::string> names;
    for (const auto& [name, tensor] : weights.tensors()) {
        const bool mask = name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");   // not learnt
        const bool repeated = config.tied && name == "lm_head.weight";
        if (!mask && !repeated) names.push_back(name);
    }
    Model model(config, std::nullopt);
    const parameters_here here(Device{}, parameters(model));
    const auto& all = here.views();
    expect_none(differences(all, names, [&](auto& name) { return weights.find(name).entry; }), weights.where());
    for (const auto& p : all) {
        weights.read(p.name, std::span<Real>(p.value, p.size));
        const auto trouble = non_finite_text(p);
        if (!trouble.empty() && !warn)
            throw error({.where = weights.where(), .subject = p.name, .found = trouble, .wanted = "finite weights"});
        if (!trouble.empty()) warn(trouble);
    }
    if (config.tied) detail::expect_tied<Real>(weights, {all.front().value, all.front().size});   // wte is visited first
    here.send();
    return model;
}

// The small files of a model folder, by name: all but the weights.
inline std::map<std::string, std::string> model_files(const gpt_config& config, const tokenizer& tokens,
                                                      dtype stored = dtype::F32) {
    const auto end = tokens.special("<|endoftext|>");
    json about_tokens{{"tokenizer_class", "PreTrainedTokenizerFast"}, {"model_max_length", config.block_size},
                      {"clean_up_tokenization_spaces", false}};
    json generation{{"do_sample", true}};
    if (end) {
        about_tokens["bos_token"] = about_tokens["eos_token"] = "<|endoftext|>";
        generation["bos_token_id"] = generation["eos_token_id"] = *end;
    }
    return {{"config.json", config_text(config, stored, end)},
            {"generation_config.json", generation.dump(2) + "\n"},
            {"tokenizer.json", tokenizer_json(tokens)},
            {"tokenizer_config.json", about_tokens.dump(2) + "\n"}};
}

// Writes a model folder: the weights, and these files. It appears as a whole; an earlier one of the same files is
// replaced, one with anything else in it is refused.
template <class Model>
void save_pretrained(const std::filesystem::path& folder, Model& model, const std::map<std::string, std::string>& files,
                     dtype stored = dtype_of<accumulator<typename Model::real>>()) {
    const parameters_here here(typename Model::device{}, parameters(model));
    const auto weights = sources_of(here.views(), stored);
    staged_folder stage(folder);
    for (const auto& [name, bytes] : files) stage.write(name, bytes);
    stage.write("model.safetensors", [&](output_file& out) { write_safetensors(out, weights); });
    stage.commit();
}

// The same with a tokenizer.
template <class Model>
void save_pretrained(const std::filesystem::path& folder, Model& model, const tokenizer& tokens,
                     dtype stored = dtype_of<typename Model::real>()) {
    save_pretrained(folder, model, model_files(model.config, tokens, stored), stored);
}

}  // namespace stepgpt
