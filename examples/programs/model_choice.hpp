// The model is a template; a program chooses its type by two flags.
#pragma once

#include <filesystem>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/token/tokenizer.hpp>

#ifdef __CUDACC__
#include <stepgpt/cuda/model.cuh>
#endif

template <class Model>
struct chosen {
    using type = Model;
};

inline constexpr const char* device_help = "cpu (plain loops), simd (fast), or cuda (a GPU; in programs built for one)";
inline constexpr const char* precision_help = "float or bf16; on cpu and simd also double";

// Calls use(chosen<gpt<Real, Device>>) for --device cpu|simd and --precision float|double, or cuda and float|bf16. A model on
// simd that is asked for bf16 is one of floats whose products round their factors.
template <class Use>
auto with_model(const std::string& device, const std::string& precision, Use&& use) {
    using namespace stepgpt;
    if (device == "cuda") {
#ifdef __CUDACC__
        if (precision != "float" && precision != "bf16")
            throw error({.where = "--precision", .found = "'" + precision + "'", .wanted = "float or bf16, on cuda"});
        if (precision == "float") return expect_device<float>(cuda{}), use(chosen<gpt<float, cuda>>());
        return expect_device<bf16>(cuda{}), use(chosen<gpt<bf16, cuda>>());
#else
        throw error({.where = "--device cuda", .found = "a program built without CUDA", .wanted = "one built for a GPU",
                     .hint = "with the CUDA toolkit installed: cmake --workflow --preset cuda, then build/cuda/bin"});
#endif
    }
    if (device != "cpu" && device != "simd")
        throw error({.where = "--device", .found = "'" + device + "'", .wanted = "cpu, simd or cuda"});
    const bool in_bf16 = precision == "bf16" && device == "simd";
    if (precision != "float" && precision != "double" && !in_bf16)
        throw error({.where = "--precision", .found = "'" + precision + "'",
                     .wanted = device == "simd" ? "float, double or bf16" : "float or double, on cpu"});
    use_bf16_products(in_bf16);
    if (device == "simd") return precision != "double" ? use(chosen<gpt<float, simd>>()) : use(chosen<gpt<double, simd>>());
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
