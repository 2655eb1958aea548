// One spelling for each letter: Unicode's Normalization Form C.
//
//     to_nfc("e\u0301") == "\u00e9"        // a letter and an accent, and the accented letter, look the same
//
// Unicode Standard Annex 15: take letters apart (canonical decomposition), put marks in canonical order, put letters
// together again. Our own tables, generated from the Unicode Character Database by tools/unicode_compositions.py, so
// that a corpus does not depend on which library a machine has. Text that is valid UTF-8 stays so; what is broken is
// repaired only where it touches a mark. Not here: compatibility forms (NFKC), which change what is written.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/text/nfc_tables.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

namespace detail {

class normalizer {
public:
    normalizer() {
        const auto touch = [this](std::uint32_t code) { touched_[code >> 8] = true; };
        std::vector<std::uint32_t> excluded;
        each_entry<1>(nfc_excluded, [&](std::uint32_t code, const std::uint32_t*) { excluded.push_back(code); });
        each_entry<3>(nfc_pairs, [&](std::uint32_t code, const std::uint32_t* part) {
            parts_.push_back({code, part[0], part[1]});
            touch(code);
            if (std::binary_search(excluded.begin(), excluded.end(), code)) return;
            compositions_.push_back({std::uint64_t{part[0]} << 32 | part[1], code});
            touch(part[1]);
        });
        each_entry<2>(nfc_renamed, [&](std::uint32_t code, const std::uint32_t* part) {
            parts_.push_back({code, part[0], 0});
            touch(code);
        });
        each_entry<3>(nfc_classes, [&](std::uint32_t code, const std::uint32_t* row) {
            marks_.push_back({code, code + row[0] - 1, row[1]});
            for (std::uint32_t i = 0; i < row[0]; ++i) touch(code + i);
        });
        std::sort(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) { return a.whole < b.whole; });
        std::sort(compositions_.begin(), compositions_.end());
        touched_[0x11] = true;                                                     // Hangul letters
        for (std::size_t block = 0; block < 3; ++block) touched_[block] = false;   // below U+0300 all is composed
    }

    // Could this character change, or change the one before it? (Asked by blocks of 256: true may be wrong.)
    bool touches(char32_t c) const { return touched_[c >> 8]; }

    std::u32string normalize(std::u32string_view text) const {
        std::u32string out;
        for (const char32_t c : text) decompose(c, out);
        order_marks(out);
        return compose(out);
    }

private:
    // Hangul, Unicode 3.12: a syllable is leading consonant, vowel and, perhaps, trailing consonant.
    static constexpr char32_t syllables = 0xAC00, leads = 0x1100, vowels = 0x1161, trails = 0x11A7;
    static constexpr char32_t lead_count = 19, vowel_count = 21, trail_count = 28;

    struct parts {
        char32_t whole, first, second;      // second is 0: another name for the first
    };

    struct marks {
        char32_t first, last;
        std::uint32_t combining_class;
    };

    template <std::size_t Size, std::size_t Count, class Use>
    static void each_entry(const std::uint32_t (&table)[Count], Use&& use) {
        std::uint32_t code = 0;
        for (std::size_t i = 0; i < Count; i += Size) use(code += table[i], table + i + 1);
    }

    void decompose(char32_t c, std::u32string& out) const {
        if (c - syllables < lead_count * vowel_count * trail_count) {
            const char32_t index = c - syllables;
            out += leads + index / (vowel_count * trail_count);
            out += vowels + index / trail_count % vowel_count;
            if (index % trail_count) out += trails + index % trail_count;
            return;
        }
        const auto found = std::lower_bound(parts_.begin(), parts_.end(), c,
                                            [](const parts& entry, char32_t wanted) { return entry.whole < wanted; });
        if (found == parts_.end() || found->whole != c) {
            out += c;
            return;
        }
        decompose(found->first, out);                                     // at most three deep, by the tables
        if (found->second != 0) out += found->second;                     // second parts are never made of others
    }

    std::uint32_t combining_class(char32_t c) const {
        const auto found = std::lower_bound(marks_.begin(), marks_.end(), c,
                                            [](const marks& row, char32_t wanted) { return row.last < wanted; });
        return found != marks_.end() && found->first <= c ? found->combining_class : 0;
    }

    void order_marks(std::u32string& text) const {
        for (std::size_t begin = 0; begin < text.size(); ++begin) {
            std::size_t end = begin;
            while (end < text.size() && combining_class(text[end]) != 0) ++end;
            if (end - begin > 1) {
                std::stable_sort(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                 text.begin() + static_cast<std::ptrdiff_t>(end),
                                 [this](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
            }
            begin = end;
        }
    }

    // Each mark joins the last letter before it unless a mark of its own class or a lower one stands between.
    std::u32string compose(std::u32string_view text) const {
        std::u32string out;
        std::size_t letter = text.size();                                 // index in out of the last class-0 character
        std::uint32_t last_class = 0;
        for (const char32_t c : text) {
            const std::uint32_t own = combining_class(c);
            const bool adjacent = letter < out.size() && letter + 1 == out.size();
            if (letter < out.size() && (adjacent || (last_class < own && last_class != 0))) {
                if (const char32_t whole = composition(out[letter], c)) {
                    out[letter] = whole;
                    continue;
                }
            }
            if (own == 0) letter = out.size();
            last_class = own;
            out += c;
        }
        return out;
    }

    char32_t composition(char32_t first, char32_t second) const {
        if (first - leads < lead_count && second - vowels < vowel_count) {
            return syllables + ((first - leads) * vowel_count + (second - vowels)) * trail_count;
        }
        if (first - syllables < lead_count * vowel_count * trail_count && (first - syllables) % trail_count == 0 &&
            second - trails - 1 < trail_count - 1) {
            return first + (second - trails);
        }
        const std::pair wanted{std::uint64_t{first} << 32 | second, std::uint32_t{0}};
        const auto found = std::lower_bound(compositions_.begin(), compositions_.end(), wanted);
        return found != compositions_.end() && found->first == wanted.first ? found->second : 0;
    }

    std::vector<parts> parts_;
    std::vector<marks> marks_;
    std::array<bool, 0x1100> touched_{};
    std::vector<std::pair<std::uint64_t, std::uint32_t>> compositions_;   // first << 32 | second, the whole
};

}  // namespace detail

inline std::string to_nfc(std::string_view text) {
    static const detail::normalizer tables;
    std::string out;
    out.reserve(text.size());
    std::size_t done = 0, before = 0;                    // copied so far; where the last character began
    for (std::size_t at = detail::skip_ascii(text, 0); at < text.size(); at = detail::skip_ascii(text, at)) {
        if (at > 0 && static_cast<signed char>(text[at - 1]) >= 0) before = at - 1;
        const code_point c = decode_utf8(text, at);
        if (!tables.touches(c.value)) {
            before = at;
            at += c.length;
            continue;
        }
        std::size_t end = at;                            // the run of such characters, and the letter before it
        for (code_point next = c; tables.touches(next.value);) {
            end += next.length;
            if (end == text.size()) break;
            next = decode_utf8(text, end);
        }
        before = std::max(before, done);
        out.append(text, done, before - done);
        out += to_utf8(tables.normalize(to_utf32(text.substr(before, end - before))));
        at = done = before = end;
    }
    return out.append(text, done, text.size() - done);
}

}  // namespace stepgpt
