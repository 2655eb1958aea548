// .tiktoken, OpenAI's file for byte-pair vocabularies: a piece a line, in base 64, and its rank, which is also its id.
//
//     IQ== 0
//     Ig== 1
//
// There is no list of merges: two neighbours are merged whenever their bytes together are a piece, the piece of the
// lowest rank first, and a text that is a piece whole is that piece. So every way to divide a piece into two others
// becomes a merge here, all with that piece's rank; the ids are tiktoken's. Special tokens are not in the file. Not here:
// other splits than GPT-2's (o200k, cl100k have their own).
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/merges_files.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

namespace detail {

inline constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string to_base64(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) text += k <= count ? base64_digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

// Nothing: that is no base 64 (RFC 4648, with padding, every bit that stands for nothing zero).
inline std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = i + padding >= text.size() ? 0 : base64_digits.find(text[i]);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        if (i % 4 == 3)
            for (const int shift : {16, 8, 0}) bytes += static_cast<char>(bits >> shift);
    }
    if (text.size() % 4 != 0) return std::nullopt;
    bytes.resize(bytes.size() - padding);
    return to_base64(bytes) == text ? std::optional(bytes) : std::nullopt;
}

inline constexpr std::size_t longest_tiktoken_piece = 512;   // bytes; the longest published ones have 128

}  // namespace detail

inline tokenizer tokenizer_from_tiktoken(std::string_view text, const std::string& where) {
    vocabulary pieces;
    merge_table merges;
    detail::each_line(text, [&](std::uint64_t number, std::string_view line) {
        const auto fail = [&](std::string found, std::string wanted) {
            throw error({.where = where, .line = number, .found = std::move(found), .wanted = std::move(wanted)});
        };
        if (line.empty()) return;
        const std::size_t space = line.find(' ');
        if (space == line.npos) fail("'" + printable(line, 60) + "'", "a piece in base 64, a space, a rank");
        const auto piece = detail::from_base64(line.substr(0, space));
        if (!piece || piece->empty() || piece->size() > detail::longest_tiktoken_piece)
            fail("'" + printable(line.substr(0, space), 60) + "'", "a piece of 1 to 512 bytes in base 64");
        std::uint64_t rank = 0;
        const char *const begin = line.data() + space + 1, *const end = line.data() + line.size();
        const auto [stop, problem] = std::from_chars(begin, end, rank);
        if (problem != std::errc() || stop != end || rank != pieces.size())
            fail("the rank '" + printable(line.substr(space + 1), 40) + "'",
                 std::to_string(pieces.size()) + ": ranks count up from 0");
        if (pieces.find(*piece) != vocabulary::none) fail("the piece '" + printable(*piece, 40) + "' again", "every piece once");
        const token result = pieces.add(*piece);
        bool first = true;
        for (std::size_t i = 1; i < piece->size(); ++i) {
            const std::string_view whole = *piece;
            const token left = pieces.find(whole.substr(0, i)), right = pieces.find(whole.substr(i));
            if (left == vocabulary::none || right == vocabulary::none) continue;
            if (std::exchange(first, false)) merges.add({left, right, result});
            else merges.add_with_last_rank({left, right, result});
        }
        if (first && piece->size() > 1)
            fail("the piece '" + printable(*piece, 40) + "'", "one that is two pieces of lower rank");
        if (merges.list().size() > text.size())
            fail("pieces that can be divided in more than " + std::to_string(text.size()) + " ways",
                 "pieces as they occur in text");
    });
    return bpe_tokenizer(std::move(pieces), std::move(merges), bpe_tokenizer::look_up::whole_pieces_first, where);
}

// The text of a .tiktoken file for this tokenizer. Special tokens are left out.
inline std::string to_tiktoken(const tokenizer& t) {
    const auto* pairs = std::get_if<bpe_tokenizer>(&t.inside());
    const auto refuse = [](std::string found, std::string wanted) {
        throw error({.where = ".tiktoken", .found = std::move(found), .wanted = std::move(wanted),
                     .hint = "tokenizer.json holds every kind"});
    };
    if (!pairs) refuse("a " + std::string(t.name()) + " tokenizer", "a byte-pair tokenizer");
    token last = 255;
    for (const merge& m : pairs->merges().list()) {
        if (m.result < last) refuse("merges in another order than ids", "ids that count up with the ranks");
        last = m.result;
    }
    std::string text;
    for (std::size_t i = 0; i < t.pieces().size(); ++i) {
        const auto id = static_cast<token>(i);
        if (t.is_special(id) && i + 1 < t.pieces().size()) refuse("a special token among the pieces", "special tokens at the end");
        if (!t.is_special(id)) text += detail::to_base64(t.pieces()[id]) + " " + std::to_string(id) + "\n";
    }
    return text;
}

}  // namespace stepgpt
