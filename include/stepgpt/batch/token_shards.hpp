// One long row of ids that lies in several files: train.bin, or train-00000.bin, train-00001.bin, ... for a corpus that
// was written piece by piece. All of them are memory maps; what is not touched needs no memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

// "train-00002.bin"
inline std::string shard_name(const std::string& split, std::size_t number) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "-%05zu.bin", number);
    return split + digits;
}

class token_shards {
public:
    token_shards(token_file file) : name_(file.path().filename().string()) { append(std::move(file)); }

    // folder/train.bin if it is there, else folder/train-00000.bin and those that follow it.
    token_shards(const std::filesystem::path& folder, const std::string& split, std::size_t vocab_size) : name_(split) {
        const auto whole = folder / (split + ".bin");
        if (!std::filesystem::exists(whole)) {
            for (std::size_t i = 0; std::filesystem::exists(folder / shard_name(split, i)); ++i)
                append(token_file(folder / shard_name(split, i), vocab_size));
            expect_no_gap(folder, split);
        }
        if (files_.empty()) append(token_file(whole, vocab_size));
    }

    const std::string& name() const { return name_; }            // "train"
    const std::vector<token_file>& files() const { return files_; }
    std::size_t size() const { return ends_.back(); }

    token operator[](std::size_t i) const {
        token id;
        copy(i, {&id, 1});
        return id;
    }

    // The ids from `begin` on; begin + to.size() <= size().
    void copy(std::size_t begin, std::span<token> to) const {
        auto file = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), begin) - ends_.begin());
        while (!to.empty()) {
            const std::size_t count = std::min(to.size(), ends_[file] - begin);
            files_[file].copy(begin - (ends_[file] - files_[file].size()), to.first(count));
            to = to.subspan(count);
            begin += count;
            ++file;
        }
    }

private:
    // Shards behind one that is missing would be lost without a word.
    void expect_no_gap(const std::filesystem::path& folder, const std::string& split) const {
        if (!std::filesystem::is_directory(folder)) return;
        std::size_t there = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const std::string file = entry.path().filename().string();
            there += file.size() == shard_name(split, 0).size() && file.starts_with(split + "-") && file.ends_with(".bin");
        }
        if (there == files_.size()) return;
        throw error({.where = folder.string(), .subject = shard_name(split, files_.size()), .found = "nothing",
                     .wanted = "this shard: there are " + std::to_string(there),
                     .hint = "copy all of them, or run prepare again"});
    }

    void append(token_file file) {
        ends_.push_back((ends_.empty() ? 0 : ends_.back()) + file.size());
        files_.push_back(std::move(file));
    }

    std::string name_;
    std::vector<token_file> files_;
    std::vector<std::size_t> ends_;   // file i holds ids ends_[i - 1] .. ends_[i] - 1 of the row
};

}  // namespace stepgpt
