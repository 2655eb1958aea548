// UTF-8: decode, encode, find the first broken byte, repair.
//
// What is well formed is Table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing above U+10FFFF.
// Repair puts one U+FFFD in place of each "maximal subpart of an ill-formed sequence" (Unicode 3.9, D93b), as
// browsers and Python do, so the count of replacements does not depend on who counts. Not here: other encodings
// (text/encoding.hpp), composed and decomposed letters (text/nfc.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stepgpt {

inline constexpr char32_t replacement_character = 0xFFFD;
inline constexpr std::string_view utf8_byte_order_mark = "\xEF\xBB\xBF";

struct code_point {
    char32_t value;       // U+FFFD when broken
    std::size_t length;   // bytes of the character, or of the maximal subpart that is broken; at least 1
    bool valid;
    bool cut;             // broken only because the text ends here: more bytes could complete it
};

// The character that begins at text[at]; `at` must be inside the text.
constexpr code_point decode_utf8(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true, false};

    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return {replacement_character, 1, false, false};
    // Only the second byte has a narrowed range: it is where overlong forms and surrogates would begin.
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

    char32_t value = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (at + i >= text.size()) return {replacement_character, i, false, true};
        if (byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF)) {
            return {replacement_character, i, false, false};
        }
        value = value << 6 | (byte(i) & 0x3Fu);
    }
    return {value, length, true, false};
}

// Appends the bytes of one character. Surrogates and values above U+10FFFF become U+FFFD.
inline void append_utf8(std::string& out, char32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = replacement_character;
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        tail(12), tail(6), tail(0);
    }
}

namespace detail {
// The first byte at or after `at` that is not ASCII; eight bytes a step, since most bytes of most texts are.
inline std::size_t skip_ascii(std::string_view text, std::size_t at) {
    for (std::uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if (word & 0x8080808080808080u) break;
    }
    while (at < text.size() && static_cast<signed char>(text[at]) >= 0) ++at;
    return at;
}
}  // namespace detail

// Where UTF-8 breaks: the offset of the first byte of the first ill-formed sequence, or text.size() if there is none.
inline std::size_t first_invalid_utf8(std::string_view text) {
    for (std::size_t at = detail::skip_ascii(text, 0); at < text.size(); at = detail::skip_ascii(text, at)) {
        const code_point c = decode_utf8(text, at);
        if (!c.valid) return at;
        at += c.length;
    }
    return text.size();
}

inline bool is_utf8(std::string_view text) { return first_invalid_utf8(text) == text.size(); }

// How many bytes at the end are the beginning of a character that is not complete yet (0 to 3): hold them back when
// text arrives in pieces.
inline std::size_t incomplete_utf8_tail(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const code_point c = decode_utf8(text, text.size() - back);
        if (c.cut && c.length == back) return back;
        if (c.valid) return 0;
    }
    return 0;
}

struct repaired_text {
    std::string text;
    std::size_t replacements = 0;
    std::size_t first = 0;   // byte offset in the original of the first one
};

// Every ill-formed sequence replaced by U+FFFD.
inline repaired_text repair_utf8(std::string_view text) {
    repaired_text result;
    result.text.reserve(text.size());
    for (std::size_t good = 0; good < text.size();) {
        const std::size_t bad = good + first_invalid_utf8(text.substr(good));
        result.text.append(text.substr(good, bad - good));
        if (bad == text.size()) break;
        if (result.replacements++ == 0) result.first = bad;
        append_utf8(result.text, replacement_character);
        good = bad + decode_utf8(text, bad).length;
    }
    return result;
}

// The characters of a text, broken sequences as U+FFFD.
inline std::u32string to_utf32(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const code_point c = decode_utf8(text, at);
        out += c.value;
        at += c.length;
    }
    return out;
}

inline std::string to_utf8(std::u32string_view text) {
    std::string out;
    for (const char32_t c : text) append_utf8(out, c);
    return out;
}

// How many characters to_utf32 would give.
inline std::size_t utf8_length(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t ascii = detail::skip_ascii(text, at);
        count += ascii - at;
        at = ascii;
        if (at == text.size()) break;
        at += decode_utf8(text, at).length;
        ++count;
    }
    return count;
}

}  // namespace stepgpt
