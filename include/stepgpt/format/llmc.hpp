// llm.c's model files (https://github.com/karpathy/llm.c, train_gpt2.py and train_gpt2.c), in and out.
//
//     save_llmc("gpt2_124M.bin", model);
//     auto model = load_llmc<gpt<float>>("gpt2_124M.bin");
//
//     256 int32    20240326, 3 (float32) or 5 (bfloat16), block_size, V, L, H, C, padded V; the rest 0
//     the weights  wte (padded V, C), wpe, then of each kind all layers: ln_1.weight (L, C), ln_1.bias, ...; ln_f
//
// Linear weights lie [out, in] there, transposed to ours; the vocabulary is padded to a multiple of 128 with zero rows.
// Not here: its token files (batch/token_file.hpp), its optimizer state.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/foreign.hpp>
#include <stepgpt/format/transposed.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

namespace detail {

using llmc_header = std::array<std::int32_t, 256>;
inline constexpr std::int32_t llmc_magic = 20240326, llmc_float32 = 3, llmc_bfloat16 = 5;

inline std::size_t llmc_padded(std::size_t vocab_size) { return (vocab_size + 127) / 128 * 128; }

// The parameters in the order of the file.
template <class Model>
auto llmc_order(Model& model) {
    const auto all = parameters(model);
    std::map<std::string, parameter_view<typename Model::real>> by_name;
    for (const auto& p : all) by_name[p.name] = p;
    std::vector<parameter_view<typename Model::real>> order{by_name.at("wte.weight"), by_name.at("wpe.weight")};
    for (const char* kind : {"ln_1.weight", "ln_1.bias", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight",
                             "attn.c_proj.bias", "ln_2.weight", "ln_2.bias", "mlp.c_fc.weight", "mlp.c_fc.bias",
                             "mlp.c_proj.weight", "mlp.c_proj.bias"})
        for (std::size_t l = 0; l < model.config.n_layer; ++l)
            order.push_back(by_name.at("h." + std::to_string(l) + "." + kind));
    order.push_back(by_name.at("ln_f.weight"));
    order.push_back(by_name.at("ln_f.bias"));
    return order;
}

}  // namespace detail

// stored: F32 or BF16.
template <class Model>
void save_llmc(const std::filesystem::path& path, Model& model, dtype stored = dtype::F32) {
    using Real = typename Model::real;
    const auto& c = model.config;
    if (stored != dtype::F32 && stored != dtype::BF16)
        throw error({.where = path.string(), .found = std::string(name_of(stored)), .wanted = "F32 or BF16"});
    if (!c.tied) throw error({.where = path.string(), .found = "a model with a head of its own", .wanted = "a tied one",
                              .hint = "llm.c's file has no place for it; a Hugging Face folder and GGUF have"});
    const std::size_t padded = detail::llmc_padded(c.vocab_size);
    detail::llmc_header header{detail::llmc_magic, stored == dtype::F32 ? detail::llmc_float32 : detail::llmc_bfloat16};
    const std::array<std::size_t, 6> sizes{c.block_size, c.vocab_size, c.n_layer, c.n_head, c.n_embd, padded};
    std::transform(sizes.begin(), sizes.end(), header.begin() + 2, [](auto n) { return static_cast<std::int32_t>(n); });

    const std::vector<Real> padding((padded - c.vocab_size) * c.n_embd);
    write_file(path, [&](output_file& out) {
        out.write(header.data(), sizeof header);
        std::vector<std::byte> bytes;
        const auto put = [&](const Real* values, std::size_t count) {
            bytes.resize(count * bits_of(stored) / 8);
            encode(stored, values, bytes.data(), count);
            out.write(bytes.data(), bytes.size());
        };
        for (const auto& p : detail::llmc_order(model)) {
            if (detail::is_linear(p)) put(detail::transposed(p.value, p.shape[0], p.shape[1]).data(), p.size);
            else put(p.value, p.size);
            if (p.name == "wte.weight") put(padding.data(), padding.size());
        }
    });
}

template <class Model>
Model load_llmc(const std::filesystem::path& path) {
    using Real = typename Model::real;
    const input_file file(path);
    detail::llmc_header header{};
    const auto fail = [&](std::uint64_t offset, std::string found, std::string wanted, std::string hint = {}) {
        throw error({.where = path.string(), .offset = offset, .found = std::move(found), .wanted = std::move(wanted),
                     .hint = std::move(hint)});
    };
    file.read(0, std::as_writable_bytes(std::span(header).first(std::min<std::size_t>(256, file.size() / 4))));
    if (header[0] != detail::llmc_magic) {
        const auto* const foreign = foreign_kind_of({reinterpret_cast<const char*>(header.data()), 16});
        fail(0, foreign ? std::string(foreign->name) : "the number " + std::to_string(header[0]), "llm.c's 20240326",
             foreign ? std::string(foreign->hint) : "");
    }
    if (file.size() < sizeof header) file.ends_early(0, sizeof header);
    if (header[1] != detail::llmc_float32 && header[1] != detail::llmc_bfloat16)
        fail(4, "version " + std::to_string(header[1]), "3 (float32) or 5 (bfloat16)",
             "write it again with a current train_gpt2.py");
    const dtype stored = header[1] == detail::llmc_float32 ? dtype::F32 : dtype::BF16;
    const auto size = [&](std::size_t i) { return static_cast<std::size_t>(std::max(header[i], 0)); };
    const gpt_config c{
        .vocab_size = size(3), .block_size = size(2), .n_layer = size(4), .n_head = size(5), .n_embd = size(6)};
    const std::size_t padded = size(7), width = bits_of(stored) / 8;
    check(c);
    if (padded < c.vocab_size || padded > detail::llmc_padded(c.vocab_size))
        fail(28, "a padded vocabulary of " + std::to_string(header[7]),
             std::to_string(detail::llmc_padded(c.vocab_size)));
    const std::size_t pad = (padded - c.vocab_size) * c.n_embd;
    const std::uint64_t wanted = sizeof header + (parameter_count(c) + pad) * width;
    if (file.size() != wanted)
        fail(sizeof header, "a file of " + std::to_string(file.size()) + " bytes", std::to_string(wanted) + " bytes",
             "the file is cut short, or has something behind the weights");

    Model model(c, std::nullopt);
    std::uint64_t at = sizeof header;
    std::vector<std::byte> bytes;
    for (const auto& p : detail::llmc_order(model)) {
        bytes.resize(p.size * width);
        file.read(at, bytes);
        at += bytes.size() + (p.name == "wte.weight" ? pad * width : 0);
        decode(stored, bytes.data(), p.value, p.size);
        if (!detail::is_linear(p)) continue;
        const auto turned = detail::transposed<Real>(p.value, p.shape[1], p.shape[0]);
        std::copy(turned.begin(), turned.end(), p.value);
    }
    expect_finite(parameters(model), path.string());
    return model;
}

}  // namespace stepgpt
