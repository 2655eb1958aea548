// What `prepare` is told, and what it tells: everything that prepare.json and prepare.html show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include <stepgpt/batch/learn_tokenizer.hpp>
#include <stepgpt/batch/token_counts.hpp>
#include <stepgpt/text/collect.hpp>
#include <stepgpt/text/corpus_report.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

struct prepare_options {
    corpus_options corpus = {};
    std::filesystem::path out = {};
    tokenizer_options tokenizer = {};
    double val_fraction = 0.1;
    std::uint64_t shard_tokens = 0;     // ids in one file at most, train-00000.bin and so on; 0: all in train.bin
    std::string split = {};             // "tail" or "document"; empty: tail for one document, document for more
};

struct prepared {
    prepare_options options;
    corpus_report report;
    std::string split;                  // the one that was taken
    std::size_t leaks = 0;              // documents left out because a duplicate is on the other side of the split
    tokenizer tokens;
    token_counts train{0}, val{0};

    prepared(prepare_options o, corpus_report r) : options(std::move(o)), report(std::move(r)) {}

    std::string hash_of(const token_counts& split_) const { return hash_text(split_.hash()); }
};

}  // namespace stepgpt
