// A tokenizer in a folder: a data folder's, a model's, or one that was published.
//
//     save_tokenizer(t, "data/tales");             // writes data/tales/tokenizer.json
//     tokenizer t = load_tokenizer("data/tales");
#pragma once

#include <filesystem>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_json.hpp>

namespace stepgpt {

inline constexpr std::uint64_t largest_tokenizer_file = 1 << 28;   // bytes; the largest published ones have some 30 million

// Writes folder/tokenizer.json; an older one is replaced.
inline void save_tokenizer(const tokenizer& t, const std::filesystem::path& folder) {
    write_file(folder / "tokenizer.json", tokenizer_json(t));
}

inline tokenizer load_tokenizer(const std::filesystem::path& folder) {
    const auto path = folder / "tokenizer.json";
    if (!std::filesystem::exists(path))
        throw error({.where = folder.string(), .found = "no tokenizer", .wanted = "tokenizer.json",
                     .hint = "is this a folder that prepare or train has written?"});
    return tokenizer_from_json(read_file(path, largest_tokenizer_file), path.string());
}

}  // namespace stepgpt
