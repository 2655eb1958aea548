// Bytes in order, wherever they come from: a file, a gzip'd file, memory.
//
//     byte_source in = gunzip(file_bytes("stories.jsonl.gz"));      // text/gzip.hpp
//     line_reader lines(as_utf8(in, seen), 1 << 24);                // text/encoding.hpp
//     while (lines.next()) use(lines.line(), lines.number());
//
// A source is a function that fills a block and says how many bytes it gave, 0 at the end; so one is laid over another,
// and a file of any size passes through blocks of 64 KiB. Not here: what the bytes mean.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/file.hpp>

namespace stepgpt {

// source(to, room): how many bytes were put at `to`, at most `room`; 0 only at the end.
using byte_source = std::function<std::size_t(char* to, std::size_t room)>;

inline constexpr std::size_t block_bytes = 1 << 16;

inline byte_source file_bytes(const std::filesystem::path& path) {
    return [file = std::make_shared<input_file>(path), at = std::uint64_t{0}](char* to, std::size_t room) mutable {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(room, file->size() - at));
        file->read(at, std::as_writable_bytes(std::span(to, count)));
        at += count;
        return count;
    };
}

inline byte_source memory_bytes(std::string text) {
    return [text = std::make_shared<const std::string>(std::move(text)), at = std::size_t{0}](char* to,
                                                                                             std::size_t room) mutable {
        const std::size_t count = text->copy(to, room, at);
        at += count;
        return count;
    };
}

// Calls use(std::string_view) with every block.
template <class Use>
void each_block(const byte_source& in, Use&& use) {
    std::string block(block_bytes, '\0');
    while (const std::size_t count = in(block.data(), block.size())) use(std::string_view(block.data(), count));
}

// The first `limit` bytes, or all if there are fewer.
inline std::string read_up_to(const byte_source& in, std::size_t limit) {
    std::string text;
    while (text.size() < limit) {
        const std::size_t had = text.size();
        text.resize(std::min(limit, had + block_bytes));
        const std::size_t count = in(text.data() + had, text.size() - had);
        text.resize(had + count);
        if (count == 0) break;
    }
    return text;
}

// Line by line, in bounded memory: of a line longer than `limit` only the beginning is given, and too_long() is true.
// A line ends at \n; a \r before it is no part of it. The last line needs no end.
class line_reader {
public:
    line_reader(byte_source in, std::size_t limit) : in_(std::move(in)), limit_(limit) {}

    bool next() {
        line_.clear();
        too_long_ = false;
        begin_ = offset_;
        bool found = false;
        for (;;) {
            if (at_ == block_.size() && !refill()) break;
            found = true;
            const std::size_t newline = std::min(block_.find('\n', at_), block_.size());
            const std::size_t room = limit_ - line_.size(), have = newline - at_;
            line_.append(block_, at_, std::min(room, have));
            too_long_ = too_long_ || have > room;
            offset_ += have;
            at_ = newline;
            if (at_ == block_.size()) continue;
            ++at_, ++offset_;
            break;
        }
        if (!line_.empty() && line_.back() == '\r') line_.pop_back();
        number_ += found;
        return found;
    }

    const std::string& line() const { return line_; }
    bool too_long() const { return too_long_; }
    std::uint64_t number() const { return number_; }   // from 1
    std::uint64_t offset() const { return begin_; }    // of the line's first byte

private:
    bool refill() {
        block_.resize(block_bytes);
        block_.resize(in_(block_.data(), block_.size()));
        at_ = 0;
        return !block_.empty();
    }

    byte_source in_;
    std::size_t limit_;
    std::string block_, line_;
    std::size_t at_ = 0;
    std::uint64_t number_ = 0, offset_ = 0, begin_ = 0;
    bool too_long_ = false;
};

}  // namespace stepgpt
