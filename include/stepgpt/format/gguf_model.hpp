// A model and its tokenizer as one GGUF file that llama.cpp runs, and the model from such a file:
//
//     save_gguf("my-gpt2.gguf", model, tokens);
//     auto model = load_gguf<gpt<float>>("my-gpt2.gguf");
//
// Names and keys are those of llama.cpp's converter for GPT2LMHeadModel. Linear weights lie [out, in] there, transposed
// to ours. Stored as F16 or BF16, matrices are rounded; vectors and positions stay F32, as that converter keeps them.
// llama.cpp knows one kind of tokenizer that fits ours, byte pairs: bytes and characters are written as such (a
// character of several bytes by the merges that put it together). Words have no form there.
// Not here: the container (gguf.hpp, gguf_reader.hpp), the tokenizer of such a file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/gguf.hpp>
#include <stepgpt/format/gguf_reader.hpp>
#include <stepgpt/format/transposed.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

namespace detail {

// "h.3.attn.c_attn.weight" -> "blk.3.attn_qkv.weight"
inline std::string gguf_name(std::string name) {
    static constexpr std::pair<std::string_view, std::string_view> parts[] = {
        {"wte", "token_embd"}, {"wpe", "position_embd"}, {"ln_f", "output_norm"}, {"lm_head", "output"},
        {"ln_1", "attn_norm"}, {"attn.c_attn", "attn_qkv"}, {"attn.c_proj", "attn_output"},
        {"ln_2", "ffn_norm"}, {"mlp.c_fc", "ffn_up"}, {"mlp.c_proj", "ffn_down"}};
    for (const auto& [ours, theirs] : parts)
        if (const auto at = name.find(ours); at != std::string::npos) {
            name.replace(at, ours.size(), theirs);
            break;
        }
    return name.starts_with("h.") ? "blk." + name.substr(2) : name;
}

inline void add_tokenizer(gguf_writer& file, const tokenizer& t) {
    if (t.name() == "word")
        throw error({.where = "GGUF", .found = "a word tokenizer", .wanted = "bytes, characters or byte pairs",
                     .hint = "llama.cpp has no tokenizer of words: train with --tokenizer bpe to export there"});
    std::vector<std::string> tokens, merges;
    std::vector<std::int32_t> types;
    constexpr std::int32_t normal = 1, control = 3;
    for (std::size_t i = 0; i < t.vocab_size(); ++i) {
        const auto id = static_cast<token>(i);
        const bool special = t.is_special(id);
        tokens.push_back(special ? std::string(t.bytes(id)) : to_byte_alphabet(t.bytes(id)));
        types.push_back(special ? control : normal);
    }
    if (const auto* const pairs = std::get_if<bpe_tokenizer>(&t.inside())) {
        for (const auto& m : pairs->merges().list())
            merges.push_back(to_byte_alphabet(t.pieces()[m.left]) + " " + to_byte_alphabet(t.pieces()[m.right]));
    } else {
        std::set<std::string> put_together;                  // beginnings of characters, a byte longer each time
        for (std::size_t length = 2; length <= 4; ++length)
            for (std::size_t i = 0; i < t.pieces().size(); ++i) {
                const auto piece = t.pieces()[static_cast<token>(i)];
                if (piece.size() < length || !put_together.emplace(piece.substr(0, length)).second) continue;
                merges.push_back(to_byte_alphabet(piece.substr(0, length - 1)) + " " +
                                 to_byte_alphabet(piece.substr(length - 1, 1)));
            }
    }
    file.add("tokenizer.ggml.model", "gpt2");
    file.add("tokenizer.ggml.pre", "gpt-2");
    file.add("tokenizer.ggml.tokens", tokens);
    file.add("tokenizer.ggml.token_type", types);
    file.add("tokenizer.ggml.merges", merges);
    if (const auto end = t.special("<|endoftext|>"))
        for (const char* key : {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"})
            file.add(key, static_cast<std::uint32_t>(*end));
    file.add("tokenizer.ggml.add_bos_token", false);
}

}  // namespace detail

// stored: F32, F16 or BF16, of the matrices.
template <class Model>
void save_gguf(const std::filesystem::path& path, Model& model, const tokenizer& tokens, dtype stored = dtype::F32) {
    const auto& c = model.config;
    if (tokens.vocab_size() != c.vocab_size)
        throw error({.where = path.string(),
                     .found = "a tokenizer of " + std::to_string(tokens.vocab_size()) + " tokens",
                     .wanted = "the model's " + std::to_string(c.vocab_size)});
    const auto count = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
    gguf_writer file;
    file.add("general.architecture", "gpt2");
    file.add("general.name", path.stem().string());
    file.add("general.file_type", std::uint32_t{stored == dtype::F32 ? 0u : stored == dtype::F16 ? 1u : 32u});
    file.add("gpt2.context_length", count(c.block_size));
    file.add("gpt2.embedding_length", count(c.n_embd));
    file.add("gpt2.block_count", count(c.n_layer));
    file.add("gpt2.feed_forward_length", count(4 * c.n_embd));
    file.add("gpt2.attention.head_count", count(c.n_head));
    file.add("gpt2.attention.layer_norm_epsilon", 1e-5f);
    detail::add_tokenizer(file, tokens);
    for (const auto& p : parameters(model)) {
        const bool linear = detail::is_linear(p);
        const dtype type = p.is_matrix() && p.name != "wpe.weight" ? stored : dtype::F32;
        std::vector<std::uint64_t> extents(p.shape.begin(), p.shape.end());
        if (!linear) std::reverse(extents.begin(), extents.end());
        file.add_tensor(detail::gguf_name(p.name), extents, type, [p, linear, type](output_file& out) {
            std::vector<std::byte> bytes(p.size * bits_of(type) / 8);
            if (linear) encode(type, detail::transposed(p.value, p.shape[0], p.shape[1]).data(), bytes.data(), p.size);
            else encode(type, p.value, bytes.data(), p.size);
            out.write(bytes.data(), bytes.size());
        });
    }
    file.save(path);
}

// From a GPT-2 that is not quantised.
template <class Model>
Model load_gguf(const std::filesystem::path& path) {
    using Real = typename Model::real;
    const gguf_file file(path);
    const auto& keys = file.keys();
    if (const auto kind = keys.get<std::string>("general.architecture"); kind != "gpt2")
        keys.refuse("general.architecture", kind, "gpt2");
    if (const auto eps = keys.get<float>("gpt2.attention.layer_norm_epsilon"); eps != 1e-5f)
        keys.refuse("gpt2.attention.layer_norm_epsilon", json(eps).dump(), "1e-05");
    const auto* const embedding = file.find("token_embd.weight");
    const auto* const output = file.find("output.weight");
    gpt_config c{.vocab_size = embedding ? embedding->shape.front() : 0,
                 .block_size = keys.get<std::size_t>("gpt2.context_length"),
                 .n_layer = keys.get<std::size_t>("gpt2.block_count"),
                 .n_head = keys.get<std::size_t>("gpt2.attention.head_count"),
                 .n_embd = keys.get<std::size_t>("gpt2.embedding_length")};
    check(c);
    if (output && output->type) {                            // some converters write a tied head once more
        std::vector<Real> head(output->size), tied(output->size);
        file.read("output.weight", {c.vocab_size, c.n_embd}, head.data());
        file.read("token_embd.weight", {c.vocab_size, c.n_embd}, tied.data());
        c.tied = head == tied;
    }
    std::size_t stored = 0;
    for (const auto& t : file.tensors()) stored += t.type ? t.size : 0;
    if (stored < parameter_count(c))
        throw error({.where = path.string(), .found = std::to_string(stored) + " weights that are not quantised",
                     .wanted = std::to_string(parameter_count(c)) + ", as its keys say"});

    Model model(c, std::nullopt);
    std::set<std::string> known;
    if (output && c.tied) known.insert("output.weight");
    for (const auto& p : parameters(model)) known.insert(detail::gguf_name(p.name));
    for (const auto& t : file.tensors())
        if (!known.contains(t.name))
            throw error({.where = path.string(), .subject = t.name, .found = "a tensor that this model has no place for",
                         .wanted = "those of GPT-2", .hint = did_you_mean(t.name, known)});
    for (const auto& p : parameters(model)) {
        const bool linear = detail::is_linear(p);
        auto shape = p.shape;
        if (linear) std::swap(shape[0], shape[1]);
        file.read(detail::gguf_name(p.name), shape, p.value);
        if (!linear) continue;
        const auto turned = detail::transposed<Real>(p.value, shape[0], shape[1]);
        std::copy(turned.begin(), turned.end(), p.value);
    }
    expect_finite(parameters(model), path.string());
    return model;
}

}  // namespace stepgpt
