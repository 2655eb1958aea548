// Is this text worth learning from? The rules of C4, the corpus of T5.
//
// Raffel et al., "Exploring the limits of transfer learning with a unified text-to-text transformer", arXiv 1910.10683,
// section 2.2, with the numbers of their released code: lines of 5 words, pages of 3 sentences (the journal prints 3
// and 5). Made for English web pages; off unless asked for. Not here: their list of bad words (it drops whole dialects,
// see Dodge et al., arXiv 2104.08758), and their removal of repeated sentences, which text/repeated_lines.hpp and
// text/near_duplicates.hpp do in another way.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/text_parts.hpp>

namespace stepgpt {

namespace detail {

inline bool contains_ignoring_case(std::string_view text, std::string_view lower) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

inline bool ends_a_sentence(std::string_view line) {
    if (line.ends_with("...") || line.ends_with("\u2026")) return false;
    for (const std::string_view mark : {".", "!", "?", "\"", "\u201d"}) {
        if (line.ends_with(mark)) return true;
    }
    return false;
}

}  // namespace detail

// An edit: keeps lines that end a sentence and have five words; drops those that are about javascript, cookies or
// terms.
inline std::string c4_lines(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        const std::string_view line = text.substr(begin, end - begin);
        begin = end;
        const auto words = words_of(line);
        bool keep = words.size() >= 5 && detail::ends_a_sentence(line.substr(0, line.find_last_not_of(" \t\n") + 1));
        for (const std::string_view phrase : {"javascript", "terms of use", "privacy policy", "cookie policy",
                                              "uses cookies", "use of cookies", "use cookies"}) {
            keep = keep && !detail::contains_ignoring_case(line, phrase);
        }
        if (keep || (words.empty() && !out.empty() && !out.ends_with("\n\n"))) out += line;
    }
    return out;
}

inline std::string c4_sentences(const text_parts& t) {
    std::size_t sentences = 0;
    for (const auto word : t.words) sentences += detail::ends_a_sentence(word);
    return sentences >= 3 ? "" : std::to_string(sentences) + " sentences (wanted 3)";
}

inline std::string c4_placeholder(const text_parts& t) {
    return detail::contains_ignoring_case(t.text, "lorem ipsum") ? "lorem ipsum" : "";
}

inline std::string c4_code(const text_parts& t) {
    return t.text.find('{') != t.text.npos ? "a curly bracket: is it code?" : "";
}

}  // namespace stepgpt
