// GPT-2's way to cut text into pieces, within which byte pairs are merged and across which they never are:
//
//     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
//     "I'll take  2 dogs!"   ->   "I" "'ll" " take" " " " 2" " dogs" "!"
//
// The pattern is GPT-2's (Radford et al. 2019, encoder.py); the scanner below is written by hand, goes over the text once and
// needs no memory, whatever the text. Bytes that are no UTF-8 count as neither space, letter nor number.
#pragma once

#include <cstddef>
#include <string_view>

#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/unicode_classes.hpp>

namespace stepgpt {

inline constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

// Cuts pieces off the front of texts.
class gpt2_split {
public:
    // The length of the piece at the start of `text`, which is not empty.
    std::size_t first(std::string_view text) const {
        if (text[0] == '\'')
            if (const std::size_t length = contraction(text)) return length;
        const std::size_t begin = text[0] == ' ' && text.size() > 1 ? 1 : 0;
        const auto [kind, length] = at(text, begin);
        if (kind == space) return white_space(text);
        std::size_t end = begin + length;
        while (end < text.size()) {
            const auto next = at(text, end);
            if (next.kind != kind) break;
            end += next.length;
        }
        return end;
    }

private:
    enum kind_of : unsigned char { symbol, letter, number, space };
    struct character {
        kind_of kind;
        std::size_t length;
    };

    static constexpr kind_of kind(unicode_class c) {
        return c == unicode_class::letter   ? letter
               : c == unicode_class::number ? number
               : c == unicode_class::space  ? space
                                            : symbol;
    }

    character at(std::string_view text, std::size_t i) const {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) return {kind(classes_[byte]), 1};
        const code_point c = decode_utf8(text, i);
        return {kind(classes_[c.value]), c.length};
    }

    // \s+(?!\S)|\s+ : white space before something else leaves its last character to that, unless it is the only one.
    std::size_t white_space(std::string_view text) const {
        std::size_t end = 0, last = 0;
        while (end < text.size()) {
            const auto next = at(text, end);
            if (next.kind != space) return last > 0 ? last : end;
            last = end;
            end += next.length;
        }
        return end;
    }

    // 's 't 'm 'd : 2;  're 've 'll : 3;  else 0
    static std::size_t contraction(std::string_view text) {
        const std::string_view next = text.substr(1, 2);
        if (next == "re" || next == "ve" || next == "ll") return 3;
        return !next.empty() && std::string_view("stmd").find(next[0]) != std::string_view::npos ? 2 : 0;
    }

    const unicode_class* classes_ = unicode_classes();
};

}  // namespace stepgpt
