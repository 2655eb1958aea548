// Plain text of any length -> documents.
//
// One file is one document, unless lines in it say otherwise: a line that consists of a separator ("%" in files of the
// fortune program, "<|endoftext|>" in published story collections) parts two documents. A document longer than
// piece_bytes goes on in further pieces, cut at an empty line, at worst at a line's end or between two characters, and
// the pieces put together are the text, byte for byte. Not here: paragraphs, chapters: the text says nothing of them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/read.hpp>
#include <stepgpt/text/reading.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

namespace detail {

// Where to cut a text that is too long: behind the last empty line of its second half, else the last line, else the
// last character.
inline std::size_t place_to_cut(std::string_view text) {
    for (const std::string_view end : {"\n\n", "\n", " "}) {
        const std::size_t found = text.rfind(end);
        if (found != text.npos && found >= text.size() / 2) return found + end.size();
    }
    return text.size() - incomplete_utf8_tail(text);
}

class plain_reader {
public:
    plain_reader(std::string where, const reading& to) : where_(std::move(where)), to_(to), current_{"", where_} {}

    void add(std::string_view block) {
        while (!block.empty()) {
            const std::size_t size = std::min(block.find('\n'), block.size() - 1) + 1;
            const bool line_ends = block[size - 1] == '\n';
            current_.text += block.substr(0, size);
            block.remove_prefix(size);
            if (line_ends) end_line();
            while (current_.text.size() > to_.options.piece_bytes) {
                give(place_to_cut(std::string_view(current_.text).substr(0, to_.options.piece_bytes)), true);
                line_ = current_.text.rfind('\n') + 1;   // 0 if there is none
            }
        }
    }

    void finish() {
        end_line();
        give(current_.text.size(), false);
    }

private:
    void end_line() {
        ++number_;
        std::string_view line = std::string_view(current_.text).substr(line_);
        while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
        const auto& separators = to_.options.separators;
        if (std::find(separators.begin(), separators.end(), line) != separators.end()) {
            give(line_, false);
            current_ = {"", place(where_, number_)};
        }
        line_ = current_.text.size();
    }

    // The first `size` bytes are a document, or a piece of one that goes on.
    void give(std::size_t size, bool goes_on) {
        document piece{current_.text.substr(0, size), current_.source, current_.continues};
        current_.text.erase(0, size);
        current_.continues = goes_on;
        if (piece.continues || !is_blank(piece.text)) to_.keep(std::move(piece));
    }

    std::string where_;
    const reading& to_;
    document current_;
    std::size_t line_ = 0;        // where in current_.text the last line begins
    std::uint64_t number_ = 1;    // of the line after it
};

}  // namespace detail

inline void read_plain(const byte_source& in, const std::string& where, const reading& to) {
    detail::plain_reader reader(where, to);
    each_block(in, [&](std::string_view block) { reader.add(block); });
    reader.finish();
}

}  // namespace stepgpt
