// Ids on disk, as nanoGPT's train.bin: one after the other, little-endian, nothing else. Two bytes each where the
// vocabulary has at most 65,536 ids, four otherwise. Read through a memory map, so a file may be larger than memory.
//
//     write_token_file("train.bin", t.vocab_size(), ids);
//     token_file train("train.bin", t.vocab_size());       // every id has been checked against the vocabulary
//     train[0], train.size(), train.copy(64, row)
//
// Not here: which ids stand together in a batch (window.hpp, loader.hpp); several files as one (token_shards.hpp).
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

static_assert(std::endian::native == std::endian::little, "ids are read from little-endian files as they lie");

// Bytes of an id on disk.
constexpr std::size_t token_width(std::size_t vocab_size) { return vocab_size <= 65536 ? 2 : 4; }

class token_file {
public:
    token_file(const std::filesystem::path& path, std::size_t vocab_size) : file_(path), width_(token_width(vocab_size)) {
        if (file_.bytes().size() % width_ != 0)
            throw error({.where = path.string(), .found = std::to_string(file_.bytes().size()) + " bytes",
                         .wanted = "a multiple of " + std::to_string(width_),
                         .hint = "the file is cut short, or its ids are not those of a vocabulary of " +
                                 std::to_string(vocab_size)});
        if (width_ == 2) check_ids<std::uint16_t>(vocab_size);
        else check_ids<std::uint32_t>(vocab_size);
    }

    const std::filesystem::path& path() const { return file_.path(); }
    std::span<const std::byte> bytes() const { return file_.bytes(); }
    std::size_t size() const { return bytes().size() / width_; }

    token operator[](std::size_t i) const {
        token id;
        copy(i, {&id, 1});
        return id;
    }

    // The ids from `begin` on; begin + to.size() <= size().
    void copy(std::size_t begin, std::span<token> to) const {
        if (width_ == 2) copy_as<std::uint16_t>(begin, to);
        else copy_as<std::uint32_t>(begin, to);
    }

private:
    template <class Id>
    Id at(std::size_t i) const {
        Id id;
        std::memcpy(&id, bytes().data() + i * sizeof id, sizeof id);
        return id;
    }

    template <class Id>
    void copy_as(std::size_t begin, std::span<token> to) const {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<token>(at<Id>(begin + i));
    }

    template <class Id>
    void check_ids(std::size_t vocab_size) const {
        std::atomic<bool> good = true;
        parallel_for(size(), 1 << 18, [&](std::size_t begin, std::size_t end) {
            Id largest = 0;
            for (std::size_t i = begin; i < end; ++i) largest = std::max(largest, at<Id>(i));
            if (largest >= vocab_size) good = false;
        });
        if (good) return;
        std::size_t first = 0;
        while (at<Id>(first) < vocab_size) ++first;
        throw error({.where = path().string(), .offset = first * sizeof(Id),
                     .found = "token id " + std::to_string(at<Id>(first)),
                     .wanted = "an id below " + std::to_string(vocab_size) + ", the size of the vocabulary",
                     .hint = "this file was made with another tokenizer: run prepare again"});
    }

    mapped_file file_;
    std::size_t width_;
};

// Writes ids to an open file; a tokenizer with this vocabulary has made them.
class token_writer {
public:
    token_writer(output_file& file, std::size_t vocab_size) : file_(&file), width_(token_width(vocab_size)) {}

    void add(std::span<const token> ids) {
        if (width_ == 4) return file_->write(ids.data(), ids.size() * sizeof(token));
        for (; !ids.empty(); ids = ids.subspan(std::min(narrow_.size(), ids.size()))) {
            const std::size_t count = std::min(narrow_.size(), ids.size());
            for (std::size_t i = 0; i < count; ++i) narrow_[i] = static_cast<std::uint16_t>(ids[i]);
            file_->write(narrow_.data(), count * sizeof(std::uint16_t));
        }
    }

private:
    output_file* file_;
    std::size_t width_;
    std::vector<std::uint16_t> narrow_ = std::vector<std::uint16_t>(1 << 15);
};

// A whole file of ids, which is there complete or not at all.
inline void write_token_file(const std::filesystem::path& path, std::size_t vocab_size, std::span<const token> ids) {
    write_file(path, [&](output_file& out) { token_writer(out, vocab_size).add(ids); });
}

}  // namespace stepgpt
