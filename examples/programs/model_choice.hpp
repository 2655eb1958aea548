// The model is a template; a program chooses its type by two flags.
#pragma once

#include <filesystem>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/token/tokenizer.hpp>

template <class Model>
struct chosen {
    using type = Model;
};

// Calls use(chosen<gpt<Real, Device>>) for --precision float|double and --device cpu|simd.
template <class Use>
auto with_model(const std::string& device, const std::string& precision, Use&& use) {
    using namespace stepgpt;
    if (device != "cpu" && device != "simd")
        throw error({.where = "--device", .found = "'" + device + "'", .wanted = "cpu or simd"});
    if (precision != "float" && precision != "double")
        throw error({.where = "--precision", .found = "'" + precision + "'", .wanted = "float or double"});
    if (device == "simd") return precision == "float" ? use(chosen<gpt<float, simd>>()) : use(chosen<gpt<double, simd>>());
    return precision == "float" ? use(chosen<gpt<float, cpu>>()) : use(chosen<gpt<double, cpu>>());
}

// Throws unless model and tokenizer have the same number of tokens.
template <class Model>
void expect_vocabulary(const Model& model, const stepgpt::tokenizer& tokens, const std::filesystem::path& where) {
    if (model.config.vocab_size == tokens.vocab_size()) return;
    throw stepgpt::error({.where = where.string(), .found = "a vocabulary of " + std::to_string(tokens.vocab_size()) + " tokens",
                          .wanted = "the model's " + std::to_string(model.config.vocab_size),
                          .hint = "model and data were made with different tokenizers"});
}

// What --rows windows|documents means for this tokenizer: the id that ends a document, or -1 for windows.
inline stepgpt::token document_end(const std::string& rows, const stepgpt::tokenizer& tokens) {
    if (rows == "windows") return -1;
    if (rows != "documents")
        throw stepgpt::error({.where = "--rows", .found = "'" + rows + "'", .wanted = "windows or documents"});
    const auto ids = tokens.encode("\n\n");
    if (ids.size() != 1)
        throw stepgpt::error({.where = "--rows documents", .found = "a tokenizer that has no token for a blank line",
                              .wanted = "one that has, as word and bpe have", .hint = "train with --rows windows"});
    return ids[0];
}
