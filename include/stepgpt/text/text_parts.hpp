// A text and its words, lines and paragraphs, found once for all rules that count them.
//
// A word is what stands between blanks; a line is not empty; paragraphs are parted by empty lines. All are views: the
// text must outlive them. Not here: rules (text/gopher.hpp, text/c4.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace stepgpt {

// The parts of `text` between `between`, without blanks around them and without empty ones.
inline std::vector<std::string_view> parts_of(std::string_view text, std::string_view between) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(between, begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        const std::size_t first = part.find_first_not_of(" \t\n"), last = part.find_last_not_of(" \t\n");
        if (first != part.npos) parts.push_back(part.substr(first, last - first + 1));
        begin = end + between.size();
    }
    return parts;
}

inline std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = text.find_first_not_of(" \t\n"); at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(" \t\n", end);
    }
    return words;
}

struct text_parts {
    std::string_view text;
    std::vector<std::string_view> words, lines, paragraphs;

    explicit text_parts(std::string_view t)
        : text(t), words(words_of(t)), lines(parts_of(t, "\n")), paragraphs(parts_of(t, "\n\n")) {}
};

}  // namespace stepgpt
