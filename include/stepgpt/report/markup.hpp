// Text and numbers as SVG and HTML take them.
//
// Whatever bytes a text holds, escaped() is well-formed UTF-8, valid inside an element or a quoted attribute of XML and
// of HTML. Numbers are written without the locale, which would turn 0.5 into 0,5 in half of Europe, and a chart into
// nothing.
// Not here: drawing (svg.hpp).
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace stepgpt {

namespace detail {

// Bytes of the character at text[at], 0 if UTF-8 or XML do not know it (Unicode Standard, table 3-7; XML 1.0, 2.2).
inline std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0; };
    const int lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (std::size_t i = 1; i < length; ++i)
        if (byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF)) return 0;
    if (lead == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) return 0;        // U+FFFE and U+FFFF
    return length;
}

}  // namespace detail

// The text, with what has a meaning in markup written as entities, control bytes as their pictures (U+2400 on), and
// each byte that is no part of a character as U+FFFD. Tabs and line breaks stay.
inline std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = detail::character_length(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        if (length == 0) out += "\xEF\xBF\xBD";
        else if (byte == '&') out += "&amp;";
        else if (byte == '<') out += "&lt;";
        else if (byte == '>') out += "&gt;";
        else if (byte == '"') out += "&quot;";
        else if (byte == '\'') out += "&#39;";
        else if (byte == 0x7F) out += "\xE2\x90\xA1";
        else if (byte < 0x20 && byte != '\n' && byte != '\t') (out += "\xE2\x90") += static_cast<char>(0x80 + byte);
        else out += text.substr(at, length);
        at += length == 0 ? 1 : length;
    }
    return out;
}

// An element; attributes and content are markup already.
inline std::string tag(std::string_view name, std::string_view attributes, std::string_view content) {
    std::string text;
    for (const std::string_view part : {std::string_view("<"), name, std::string_view(attributes.empty() ? "" : " "), attributes,
                                        std::string_view(">"), content, std::string_view("</"), name, std::string_view(">")})
        text += part;
    return text;
}

// At most `limit` characters of it, the last of them "…" if some are missing.
inline std::string shortened(std::string_view text, std::size_t limit) {
    std::size_t at = 0, before_last = 0;
    for (std::size_t count = 0; at < text.size(); ++count) {
        if (count == limit) return std::string(text.substr(0, before_last)) + "…";
        before_last = at;
        const std::size_t length = detail::character_length(text, at);
        at += length == 0 ? 1 : length;
    }
    return std::string(text);
}

// A token, visible also where it is blank: " the" is "·the", a line break "⏎", a tab "⇥".
inline std::string visible_token(std::string_view token) {
    std::string out;
    for (const char c : token) {
        if (c == ' ') out += "·";
        else if (c == '\n') out += "⏎";
        else if (c == '\t') out += "⇥";
        else out += c;
    }
    return out;
}

// 3.10 with two decimals is "3.1": no more characters than the number needs. Coordinates, mostly.
inline std::string decimal(double value, int decimals) {
    char text[400];                                            // the largest double has 309 digits before the point
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
    std::string out(text, end);
    if (decimals > 0 && std::isfinite(value)) {
        out.erase(out.find_last_not_of('0') + 1);
        if (out.back() == '.') out.pop_back();
    }
    return out == "-0" ? "0" : out;
}

// With so many decimals, also where they are zero: "1.900".
inline std::string fixed(double value, int decimals) {
    char text[400];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr};
}

// Three digits that matter, as people write them: "14.2k", "1.54M", "0.00098", "2e-6".
inline std::string readable(double value) {
    const double size = std::abs(value);
    if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
    if (size == 0) return "0";
    if (size >= 999.5e9 || size < 0.99e-4) {
        char text[32];
        std::string out(text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1).ptr);
        if (const auto zero = out.find(".0e"); zero != out.npos) out.erase(zero, 2);         // 2.0e-06
        if (const auto zero = out.find_last_of("+-") + 1; out[zero] == '0') out.erase(zero, 1);
        if (const auto plus = out.find("e+"); plus != out.npos) out.erase(plus + 1, 1);
        return out;
    }
    if (size >= 999.5e6) return decimal(value / 1e9, 1) + "G";
    if (size >= 999.5e3) return decimal(value / 1e6, size < 9.995e6 ? 2 : 1) + "M";
    if (size >= 9999.5) return decimal(value / 1e3, 1) + "k";
    return decimal(value, size >= 1000 ? 0 : 2 - static_cast<int>(std::floor(std::log10(size))));
}

// About how wide the text will be, in pixels, at this font size: SVG cannot be asked before it is drawn.
inline double text_width(std::string_view text, double font_size) {
    std::size_t characters = 0;
    for (const char c : text) characters += (c & 0xC0) != 0x80;
    return 0.58 * font_size * static_cast<double>(characters);
}

}  // namespace stepgpt
