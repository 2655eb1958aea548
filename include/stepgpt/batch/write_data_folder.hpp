// Text becomes a data folder: what `prepare` does with files, in one call.
//
//     prepare_text(read_text("my.txt").text, character_tokens(text), "out/data");    // the last tenth is for validation
//
// Not here: cleaning, documents, corpora larger than memory (text/).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

namespace stepgpt {

// The characters of a text as its tokens: the simplest tokenizer there is.
inline tokenizer character_tokens(std::string_view text) {
    character_trainer trainer;
    trainer.add(text);
    return trainer.train();
}

// Writes train.bin, val.bin, tokenizer.json and prepare.json (`about`: what the data is).
inline void write_data_folder(const std::filesystem::path& folder, const tokenizer& tokens, std::string_view train,
                              std::string_view validation, std::string_view about) {
    std::filesystem::create_directories(folder);
    write_token_file(folder / "train.bin", tokens.vocab_size(), tokens.encode(train));
    write_token_file(folder / "val.bin", tokens.vocab_size(), tokens.encode(validation));
    save_tokenizer(tokens, folder);
    write_file(folder / "prepare.json", about);
}

// The byte at which the last `share` of a text begins, on the border of a character.
inline std::size_t tail_begin(std::string_view text, double share) {
    if (!(share > 0 && share < 1))
        throw error({.where = "validation", .found = std::to_string(share), .wanted = "a share between 0 and 1"});
    auto at = static_cast<std::size_t>(static_cast<double>(text.size()) * (1 - share));
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;   // inside a character
    return at;
}

inline void prepare_text(std::string_view text, const tokenizer& tokens, const std::filesystem::path& folder,
                         double validation_share = 0.1) {
    const std::size_t cut = tail_begin(text, validation_share);
    write_data_folder(folder, tokens, text.substr(0, cut), text.substr(cut), "{}\n");
}

}  // namespace stepgpt
