// Cutting a text where no tokenizer of ours can tell: before white space that follows something else. No piece of
// gpt2_split.hpp or word.hpp goes across such a place, and no character does. So blocks can be encoded by several threads,
// or one after the other as they are read, and give the ids of the whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/unicode_classes.hpp>

namespace stepgpt {

// Whether the text may be cut before text[at], where 0 < at < text.size().
inline bool is_cut(std::string_view text, std::size_t at) {
    const auto white = [](char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); };
    if (!white(text[at]) || white(text[at - 1])) return false;   // ASCII white space is enough to find places
    std::size_t begin = at - 1;                                  // of the character before
    while (begin > 0 && at - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
    return unicode_classes()[decode_utf8(text, begin).value] != unicode_class::space;
}

// The first place from `at` on where the text may be cut; its end if there is none.
inline std::size_t next_cut(std::string_view text, std::size_t at) {
    for (at = std::max<std::size_t>(at, 1); at < text.size(); ++at)
        if (is_cut(text, at)) return at;
    return text.size();
}

// The last place at or behind `from` where the text may be cut; 0 if there is none.
inline std::size_t last_cut(std::string_view text, std::size_t from = 0) {
    for (std::size_t at = text.size(); at-- > std::max<std::size_t>(from, 1);)
        if (is_cut(text, at)) return at;
    return 0;
}

// The text in `count` blocks of about equal length, fewer if it is short (a block is worth a thread from 64 KiB on) or
// cannot be cut. At least one.
inline std::vector<std::string_view> text_blocks(std::string_view text, std::size_t count) {
    count = std::clamp<std::size_t>(text.size() >> 16, 1, std::max<std::size_t>(count, 1));
    std::vector<std::string_view> blocks;
    std::size_t begin = 0;
    for (std::size_t i = 1; i < count; ++i) {
        const std::size_t end = next_cut(text, std::max(begin, text.size() / count * i));
        if (end == text.size()) break;
        blocks.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    blocks.push_back(text.substr(begin));
    return blocks;
}

}  // namespace stepgpt
