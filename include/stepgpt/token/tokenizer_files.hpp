// A tokenizer in a folder: a data folder's, a model's, or one that was published.
//
//     save_tokenizer(t, "data/tales");              // writes data/tales/tokenizer.json
//     tokenizer t = load_tokenizer("data/tales");
//     tokenizer u = load_tokenizer("gpt2");         // tokenizer.json, or vocab.json and merges.txt, or encoder.json and ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/token/merges_files.hpp>
#include <stepgpt/token/tiktoken_file.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_json.hpp>

namespace stepgpt {

inline constexpr std::uint64_t largest_tokenizer_file = 1 << 28;   // bytes; the largest published ones have some 30 million

// Writes folder/tokenizer.json; an older one is replaced.
inline void save_tokenizer(const tokenizer& t, const std::filesystem::path& folder) {
    write_file(folder / "tokenizer.json", tokenizer_json(t));
}

// Reads what save_tokenizer has written. (load_tokenizer reads that too; who needs nothing else need not compile the rest.)
inline tokenizer load_tokenizer_json(const std::filesystem::path& folder) {
    const auto path = folder / "tokenizer.json";
    return tokenizer_from_json(read_file(path, largest_tokenizer_file), path.string());
}

// One file: name.tiktoken, merges (name.bpe, name.txt), or a tokenizer.json under any other name.
inline tokenizer load_tokenizer_file(const std::filesystem::path& path) {
    const std::string text = read_file(path, largest_tokenizer_file), kind = path.extension().string();
    if (kind == ".tiktoken") return tokenizer_from_tiktoken(text, path.string());
    if (kind == ".bpe" || kind == ".txt") return tokenizer_from_merges(text, path.string());
    return tokenizer_from_json(text, path.string());
}

inline tokenizer load_tokenizer(const std::filesystem::path& folder) {
    if (std::filesystem::exists(folder / "tokenizer.json")) return load_tokenizer_json(folder);
    for (const auto& [vocab, merges] : {std::pair("vocab.json", "merges.txt"), std::pair("encoder.json", "vocab.bpe")})
        if (std::filesystem::exists(folder / vocab) && std::filesystem::exists(folder / merges))
            return tokenizer_from_vocab_and_merges(
                read_file(folder / vocab, largest_tokenizer_file), (folder / vocab).string(),
                read_file(folder / merges, largest_tokenizer_file), (folder / merges).string());
    throw error({.where = folder.string(), .found = "no tokenizer",
                 .wanted = "tokenizer.json, or vocab.json and merges.txt, or encoder.json and vocab.bpe",
                 .hint = "is this a folder that prepare or train has written, or a model that was published?"});
}

}  // namespace stepgpt
