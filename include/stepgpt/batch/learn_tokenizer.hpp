// The tokenizer for a corpus: learned from its documents, or read from files.
//
//     tokenizer t = learn_tokenizer({.kind = "bpe", .vocab_size = 4096}, documents, plan);
//
// char   every character of the whole corpus, as nanoGPT's: validation, too, can be written
// byte   256 ids, nothing to learn
// word   the words of train, most frequent first; <unk> for others
// bpe    byte pairs, learned from train
// gpt2   GPT-2's own byte pairs (or any others), from their merges file
//
// Documents pass by one at a time; what is kept are their different words. Not here: the tokenizers (token/).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/text/spool.hpp>
#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/character.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>
#include <stepgpt/token/word.hpp>

namespace stepgpt {

inline constexpr const char* document_separator = "<|endoftext|>";

struct tokenizer_options {
    std::string kind = "char";
    std::size_t vocab_size = 0;             // largest number of ids; 0: 4096 for bpe, no limit for words
    std::size_t min_count = 2;              // word, bpe: what occurs less often gets no id of its own
    std::filesystem::path merges = {};      // gpt2: vocab.bpe, merges.txt, name.tiktoken or tokenizer.json
};

inline void check(const tokenizer_options& options) {
    const std::vector<std::string> kinds = {"char", "byte", "word", "bpe", "gpt2"};
    const auto wrong = [](const char* flag, const std::string& found, const std::string& wanted,
                          const std::string& hint) {
        throw error({.where = flag, .found = found, .wanted = wanted, .hint = hint});
    };
    if (std::find(kinds.begin(), kinds.end(), options.kind) == kinds.end()) {
        wrong("--tokenizer", options.kind, "char, byte, word, bpe or gpt2", did_you_mean(options.kind, kinds));
    }
    if (options.kind == "gpt2" && options.merges.empty()) {
        wrong("--tokenizer gpt2", "no --merges FILE", "GPT-2's merges",
              "they are in any copy of the model: merges.txt, vocab.bpe or tokenizer.json");
    }
    if (options.kind != "gpt2" && !options.merges.empty()) {
        wrong("--merges", "--tokenizer " + options.kind, "--tokenizer gpt2", "no other tokenizer is read from a file");
    }
    const bool sized = options.kind == "word" || options.kind == "bpe";
    if (options.vocab_size > 0 && !sized) {
        wrong("--vocab-size", "--tokenizer " + options.kind, "--tokenizer word or bpe",
              "the others have the size they have");
    }
    const std::size_t least = options.kind == "bpe" ? 257 : 2;
    if (sized && options.vocab_size > 0 && options.vocab_size < least) {
        wrong("--vocab-size", std::to_string(options.vocab_size), std::to_string(least) + " or more",
              options.kind == "bpe" ? "256 ids are the bytes, one parts documents" : "");
    }
}

// `each_text(train_only, add)` calls add(text) with every document, or with those of train alone.
template <class EachText>
tokenizer learn_tokenizer(const tokenizer_options& options, EachText&& each_text) {
    const auto learn = [&](auto trainer, bool train_only) -> tokenizer {
        each_text(train_only, [&](const std::string& text) { trainer.add(text); });
        return trainer.train();
    };
    if (options.kind == "byte") return byte_tokenizer();
    if (options.kind == "gpt2") return load_tokenizer_file(options.merges);
    if (options.kind == "char") return learn(character_trainer(), false);
    if (options.kind == "word") {
        word_trainer words;
        words.min_count = options.min_count;
        words.vocab_size = options.vocab_size == 0 ? 0 : options.vocab_size - 1;    // one id parts documents
        return learn(std::move(words), true);
    }
    bpe_trainer pairs;
    pairs.min_count = options.min_count;
    pairs.vocab_size = (options.vocab_size == 0 ? 4096 : options.vocab_size) - 1;
    return learn(std::move(pairs), true);
}

}  // namespace stepgpt
