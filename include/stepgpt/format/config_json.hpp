// config.json: the sizes of a model, as transformers' GPT2Config writes them.
//
// Fields that would change what the model computes must have the values that this library computes with; fields that
// only concern training elsewhere, or text, are passed over. A field that nobody knows is passed over too, since every
// release of transformers brings new ones, unless it is nearly the name of one that counts: n_heads is no n_head.
// Not here: the weights (hugging_face.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/foreign.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

// "float32", as PyTorch calls it
inline std::string torch_name(dtype type) {
    if (type == dtype::F16) return "float16";
    if (type == dtype::BF16) return "bfloat16";
    return type == dtype::F64 ? "float64" : "float32";
}

// The config.json of a model whose weights are stored as `stored`. `end`: the id of the token that ends a text.
inline std::string config_text(const gpt_config& c, dtype stored = dtype::F32, std::optional<std::size_t> end = {}) {
    const json end_id = end ? json(*end) : json();         // GPT2Config's own default is an id of GPT-2's vocabulary
    return json_object({{"model_type", "gpt2"},
                        {"architectures", json::array({"GPT2LMHeadModel"})},
                        {"vocab_size", c.vocab_size},
                        {"n_positions", c.block_size},
                        {"n_ctx", c.block_size},
                        {"n_layer", c.n_layer},
                        {"n_head", c.n_head},
                        {"n_embd", c.n_embd},
                        {"n_inner", nullptr},
                        {"activation_function", "gelu_new"},
                        {"layer_norm_epsilon", 1e-5},
                        {"embd_pdrop", c.dropout},
                        {"attn_pdrop", c.dropout},
                        {"resid_pdrop", c.dropout},
                        {"tie_word_embeddings", c.tied},
                        {"initializer_range", c.initializer_range},
                        {"bos_token_id", end_id},
                        {"eos_token_id", end_id},
                        {"torch_dtype", torch_name(stored)}})
               .dump(2) + "\n";
}

// The sizes in a config.json. Throws where this library would compute something else than the file's author meant.
inline gpt_config config_from(const json_fields& j) {
    static constexpr std::array<std::string_view, 18> meaningful{
        "model_type", "vocab_size", "n_positions", "n_ctx", "n_layer", "n_head", "n_embd", "n_inner",
        "activation_function", "layer_norm_epsilon", "embd_pdrop", "attn_pdrop", "resid_pdrop", "tie_word_embeddings",
        "scale_attn_weights", "scale_attn_by_inverse_layer_idx", "add_cross_attention", "initializer_range"};
    for (const auto& [key, value] : j.object().items()) {
        const auto meant = nearest(key, meaningful);
        if (!meant.empty() && meant != key && edit_distance(key, meant) <= 2)
            j.refuse(key, "a field of unknown meaning", "", "did you mean '" + meant + "'?");
    }

    const auto expect = [&](const char* key, const std::string& found, const char* wanted) {
        if (found != wanted) j.refuse(key, found, wanted, "of the models of others, only GPT-2's family can be read");
    };
    const auto expect_flag = [&](const char* key, bool wanted) {
        if (j.get<bool>(key, wanted) != wanted) j.refuse(key, wanted ? "false" : "true", wanted ? "true" : "false");
    };
    expect("model_type", j.get<std::string>("model_type"), "gpt2");
    expect("activation_function", j.get<std::string>("activation_function", "gelu_new"), "gelu_new");
    expect_flag("scale_attn_weights", true);
    expect_flag("scale_attn_by_inverse_layer_idx", false);
    expect_flag("add_cross_attention", false);
    if (const auto eps = j.get<double>("layer_norm_epsilon", 1e-5); eps != 1e-5)
        j.refuse("layer_norm_epsilon", json(eps).dump(), "1e-05");

    const gpt_config c{.vocab_size = j.get<std::size_t>("vocab_size"),
                       .block_size = j.get<std::size_t>(j.has("n_positions") ? "n_positions" : "n_ctx"),
                       .n_layer = j.get<std::size_t>("n_layer"),
                       .n_head = j.get<std::size_t>("n_head"),
                       .n_embd = j.get<std::size_t>("n_embd"),
                       .dropout = j.get<double>("resid_pdrop", 0),
                       .tied = j.get<bool>("tie_word_embeddings", true),
                       .initializer_range = j.get<double>("initializer_range", 0.02)};
    for (const char* key : {"embd_pdrop", "attn_pdrop", "resid_pdrop"})
        if (const auto share = j.get<double>(key, 0); !(share >= 0 && share < 1))
            j.refuse(key, json(share).dump(), "0 <= share < 1");
    try {
        check(c);
    } catch (const error& e) {
        auto about = e.about();
        about.where = j.where();
        throw error(about);
    }
    if (const auto inner = j.get<std::size_t>("n_inner", 4 * c.n_embd); inner != 4 * c.n_embd)
        j.refuse("n_inner", std::to_string(inner), "4 n_embd = " + std::to_string(4 * c.n_embd));
    return c;
}

inline gpt_config load_config(const std::filesystem::path& folder) {
    const auto path = folder / "config.json";
    complaint c{.where = folder.string(),
                .found = "nothing",
                .wanted = "a model folder, with config.json and model.safetensors in it"};
    if (std::filesystem::is_directory(folder)) {
        const auto* const other = std::filesystem::exists(path) ? nullptr : foreign_file_in(folder);
        if (!other) return config_from({read_json(path), path.string()});
        c.found = "no config.json, but " + std::string(other->name);
        c.hint = other->hint;
    } else if (std::filesystem::exists(folder)) {
        std::array<char, 16> beginning{};
        std::ifstream(folder, std::ios::binary).read(beginning.data(), beginning.size());
        const auto* const kind = foreign_kind_of({beginning.data(), beginning.size()});
        c.found = kind ? std::string(kind->name) : "a file";
        c.hint = kind ? std::string(kind->hint) : "give the folder that it lies in";
    }
    throw error(std::move(c));
}

}  // namespace stepgpt
