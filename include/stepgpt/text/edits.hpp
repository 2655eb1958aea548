// Rules that change a text and keep its words: each a function from a text to a text, each leaving a clean text alone.
//
//     normalize_spaces(normalize_newlines("two\u00a0words\r\n")) == "two words\n"
//
// All take valid UTF-8 and give valid UTF-8, and each done twice is done once. Letters have a file of their own
// (text/nfc.hpp), and so has what names people (text/mask.hpp). Which are applied: text/clean.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

// \r\n, \r, NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR, vertical tab and form feed become \n (Unicode 5.8's list).
inline std::string normalize_newlines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        if (text[i] == '\r') {
            out += '\n';
            i += rest.substr(1).starts_with('\n');
        } else if (text[i] == '\v' || text[i] == '\f') {
            out += '\n';
        } else if (rest.starts_with("\xC2\x85")) {
            out += '\n', i += 1;
        } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
            out += '\n', i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

// Control characters other than \n and \t go, and so do characters without width that only steer line breaking:
// soft hyphen, zero width space, word joiner, byte order mark. (The joiners U+200C and U+200D spell words and emoji.)
inline std::string remove_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const code_point c = decode_utf8(text, at);
        const bool control =
            (c.value < 0x20 && c.value != '\n' && c.value != '\t') || (c.value >= 0x7F && c.value < 0xA0);
        const bool invisible = c.value == 0xAD || c.value == 0x200B || c.value == 0x2060 || c.value == 0xFEFF;
        if (!control && !invisible) out.append(text.substr(at, c.length));
        at += c.length;
    }
    return out;
}

// Every kind of space is a space. How many there are stays as it is: they may be a poem's or a program's.
inline std::string normalize_spaces(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t plain = detail::skip_ascii(text, at);
        out.append(text.substr(at, plain - at));
        if ((at = plain) == text.size()) break;
        const code_point c = decode_utf8(text, at);
        const bool space = c.value == 0xA0 || c.value == 0x1680 || (c.value >= 0x2000 && c.value <= 0x200A) ||
                           c.value == 0x202F || c.value == 0x205F || c.value == 0x3000;
        if (space) out += ' ';
        else out.append(text.substr(at, c.length));
        at += c.length;
    }
    return out;
}

// No blanks at the end of a line, and at most two empty lines one after the other.
inline std::string trim_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    const auto drop_blanks = [&] {
        while (out.ends_with(' ') || out.ends_with('\t')) out.pop_back();
    };
    for (const char c : text) {
        if (c == '\n') drop_blanks();
        if (c != '\n' || !out.ends_with("\n\n\n")) out += c;
    }
    drop_blanks();
    return out;
}

}  // namespace stepgpt
