// Is this text worth learning from? The quality and repetition rules of Gopher.
//
//     std::string why = gopher_words(text_parts(text));     // "" if it passes, else "12 words (wanted 50 to 100000)"
//
// Rae et al., "Scaling language models: methods, analysis and insights from training Gopher", arXiv 2112.11446, A1.1
// and Table A1; numbers are theirs. They were made for English web pages: dictionaries, poems, lists and short notes
// fail them, so they are off unless asked for. Words are what stands between blanks; theirs come from a tokenizer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/text/text_parts.hpp>

namespace stepgpt {

namespace detail {

inline std::string complain(double found, const char* what, const char* wanted) {
    char text[120];
    std::snprintf(text, sizeof text, "%.3g %s (wanted %s)", found, what, wanted);
    return text;
}

inline double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

inline bool may_be_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
}

// Of the parts that have been there before: how many, and how many bytes.
struct repeated {
    std::size_t parts = 0, bytes = 0;
};

inline repeated repeated_among(const std::vector<std::string_view>& parts) {
    std::unordered_set<std::string_view> seen;
    repeated found;
    for (const auto part : parts) {
        if (seen.insert(part).second) continue;
        ++found.parts;
        found.bytes += part.size();
    }
    return found;
}

// n words in a row as one number, and their bytes.
struct gram {
    std::uint64_t hash;
    std::size_t bytes;
};

inline gram gram_at(const std::vector<std::string_view>& words, std::size_t at, std::size_t n) {
    gram g{0, 0};
    for (std::size_t i = at; i < at + n; ++i) {
        g.hash = (g.hash ^ hash64(words[i])) * 0x9E3779B97F4A7C15u;
        g.bytes += words[i].size();
    }
    return g;
}

}  // namespace detail

inline std::string gopher_words(const text_parts& t) {
    if (t.words.size() >= 50 && t.words.size() <= 100'000) return "";
    return detail::complain(static_cast<double>(t.words.size()), "words", "50 to 100,000");
}

inline std::string gopher_word_length(const text_parts& t) {
    std::size_t bytes = 0;
    for (const auto word : t.words) bytes += word.size();
    const double mean = detail::share(bytes, t.words.size());
    return mean >= 3 && mean <= 10 ? "" : detail::complain(mean, "bytes a word", "3 to 10");
}

inline std::string gopher_symbols(const text_parts& t) {
    std::size_t symbols = 0;
    for (std::size_t i = 0; i < t.text.size(); ++i) {
        const std::string_view rest = t.text.substr(i);
        symbols += rest[0] == '#' || rest.starts_with("\u2026") ||
                   (rest.starts_with("...") && (i == 0 || t.text[i - 1] != '.'));
    }
    const double ratio = detail::share(symbols, t.words.size());
    return ratio <= 0.1 ? "" : detail::complain(ratio, "# and ... a word", "at most 0.1");
}

inline std::string gopher_bullets(const text_parts& t) {
    std::size_t bullets = 0;
    for (const auto line : t.lines) bullets += line[0] == '-' || line[0] == '*' || line.starts_with("\u2022");
    const double ratio = detail::share(bullets, t.lines.size());
    return ratio <= 0.9 ? "" : detail::complain(ratio, "of the lines begin with a bullet", "at most 0.9");
}

inline std::string gopher_ellipses(const text_parts& t) {
    std::size_t open_ends = 0;
    for (const auto line : t.lines) open_ends += line.ends_with("...") || line.ends_with("\u2026");
    const double ratio = detail::share(open_ends, t.lines.size());
    return ratio <= 0.3 ? "" : detail::complain(ratio, "of the lines end in an ellipsis", "at most 0.3");
}

inline std::string gopher_letters(const text_parts& t) {
    std::size_t with_letter = 0;
    for (const auto word : t.words) with_letter += std::any_of(word.begin(), word.end(), detail::may_be_letter);
    const double ratio = detail::share(with_letter, t.words.size());
    return ratio >= 0.8 ? "" : detail::complain(ratio, "of the words have a letter", "at least 0.8");
}

inline std::string gopher_stop_words(const text_parts& t) {
    std::unordered_set<std::string_view> found;
    for (const auto word : t.words) {
        for (const std::string_view stop : {"the", "be", "to", "of", "and", "that", "have", "with"}) {
            if (word == stop) found.insert(stop);
        }
        if (found.size() >= 2) return "";
    }
    return detail::complain(static_cast<double>(found.size()), "of the, be, to, of, and, that, have, with",
                            "2: is it English prose?");
}

inline std::string gopher_repeated_lines(const text_parts& t) {
    const detail::repeated lines = detail::repeated_among(t.lines), paragraphs = detail::repeated_among(t.paragraphs);
    if (const double r = detail::share(lines.parts, t.lines.size()); r > 0.3)
        return detail::complain(r, "of the lines are repeated", "at most 0.3");
    if (const double r = detail::share(paragraphs.parts, t.paragraphs.size()); r > 0.3)
        return detail::complain(r, "of the paragraphs are repeated", "at most 0.3");
    if (const double r = detail::share(lines.bytes, t.text.size()); r > 0.2)
        return detail::complain(r, "of the text is repeated lines", "at most 0.2");
    if (const double r = detail::share(paragraphs.bytes, t.text.size()); r > 0.2)
        return detail::complain(r, "of the text is repeated paragraphs", "at most 0.2");
    return "";
}

inline std::string gopher_repeated_phrases(const text_parts& t) {
    std::size_t all = 0;
    for (const auto word : t.words) all += word.size();

    // The most frequent phrase of 2, 3, 4 words: its share of the bytes.
    for (std::size_t n = 2; n <= 4; ++n) {
        std::unordered_map<std::uint64_t, std::size_t> counts;
        std::size_t most = 1, bytes = 0;
        for (std::size_t i = 0; i + n <= t.words.size(); ++i) {
            const detail::gram g = detail::gram_at(t.words, i, n);
            const std::size_t count = ++counts[g.hash];
            if (count > most || (count == most && count > 1 && g.bytes > bytes)) most = count, bytes = g.bytes;
        }
        const double limits[] = {0.20, 0.18, 0.16};
        const double ratio = most > 1 ? detail::share(most * bytes, all) : 0;
        const std::string what = "of the text is one phrase of " + std::to_string(n) + " words";
        if (ratio > limits[n - 2]) return detail::complain(ratio, what.c_str(), "at most 0.16 to 0.20");
    }

    // All phrases of 5 to 10 words that have been there before, without counting a word twice.
    for (std::size_t n = 5; n <= 10; ++n) {
        std::unordered_set<std::uint64_t> seen;
        std::size_t bytes = 0, counted_to = 0;
        for (std::size_t i = 0; i + n <= t.words.size(); ++i) {
            if (seen.insert(detail::gram_at(t.words, i, n).hash).second) continue;
            for (std::size_t w = std::max(i, counted_to); w < i + n; ++w) bytes += t.words[w].size();
            counted_to = i + n;
        }
        const double limit = 0.15 - 0.01 * static_cast<double>(n - 5), ratio = detail::share(bytes, all);
        const std::string what = "of the text is repeated phrases of " + std::to_string(n) + " words";
        if (ratio > limit) return detail::complain(ratio, what.c_str(), "at most 0.10 to 0.15");
    }
    return "";
}

}  // namespace stepgpt
