// Ids into one file, or into shards of so many each: train.bin, or train-00000.bin, train-00001.bin, ... (token_shards.hpp
// reads either as one row, so nothing else changes: the same windows, in the same order.)
//
//     shard_writer train(folder, "train", t.vocab_size(), 100'000'000);
//     train.add(ids);
//     train.finish();
//
// One file is enough for a corpus of any size, since it is never in memory as a whole; shards are for disks, copies and
// tools that prefer files of a moderate size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

class shard_writer {
public:
    // `most`: ids in one shard; 0: one file for all.
    shard_writer(std::filesystem::path folder, std::string split, std::size_t vocab_size, std::uint64_t most)
        : folder_(std::move(folder)), split_(std::move(split)), vocab_size_(vocab_size), most_(most) {
        next();
    }

    void add(std::span<const token> ids) {
        while (!ids.empty()) {
            if (most_ > 0 && room_ == 0) next();
            const std::size_t count = most_ == 0 ? ids.size() : std::min<std::size_t>(room_, ids.size());
            writer_->add(ids.first(count));
            ids = ids.subspan(count);
            room_ -= count;
        }
    }

    void finish() { file_->finish(); }

private:
    void next() {
        if (file_) file_->finish();
        file_.emplace(folder_ / (most_ == 0 ? split_ + ".bin" : shard_name(split_, number_++)));
        writer_.emplace(*file_, vocab_size_);
        room_ = most_;
    }

    std::filesystem::path folder_;
    std::string split_;
    std::size_t vocab_size_;
    std::uint64_t most_, room_ = 0;
    std::size_t number_ = 0;
    std::optional<output_file> file_;
    std::optional<token_writer> writer_;
};

}  // namespace stepgpt
