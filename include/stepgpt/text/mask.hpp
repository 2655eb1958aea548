// What points at a person, replaced by what kind of thing it was.
//
//     mask_personal("Write to ann@example.org or call +1 (415) 555-0137.") == "Write to <email> or call <phone>."
//
// E-mail addresses, telephone numbers, IPv4 addresses, card and account numbers (checked by their check digits), by
// plain scanners that run once over the text. They find what is written the usual way and nothing else, and a second
// run may find more: this lowers the amount of personal data in a corpus, it does not make one anonymous. Names are
// not found. Off unless asked for.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

namespace stepgpt {

namespace detail {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
inline char at_or_space(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : ' '; }

// Each takes a text and a place and gives the length of what it knows there, or 0. `before` is the character before.

// local@domain.tld, as far as addresses in use go (a small part of RFC 5322).
inline std::size_t email_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    const auto local = [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-'; };
    while (end < text.size() && end - at <= 64 && local(text[end])) ++end;
    if (end == at || at_or_space(text, end) != '@') return 0;
    const std::size_t domain = ++end;
    std::size_t last_dot = 0;
    while (end < text.size() && end - domain <= 255 && (is_alnum(text[end]) || text[end] == '-' || text[end] == '.')) {
        if (text[end] == '.') last_dot = end;
        ++end;
    }
    while (end > domain && (text[end - 1] == '.' || text[end - 1] == '-')) --end;    // the sentence's full stop
    if (last_dot >= end) last_dot = text.substr(0, end).rfind('.');
    return last_dot > domain && last_dot != text.npos && end - last_dot > 2 ? end - at : 0;
}

// Digits in groups: +, spaces, brackets, dots and dashes between.
struct digit_groups {
    std::string digits;
    std::size_t length = 0, groups = 0;
    bool plus = false, bracket = false, dots = false;
};

inline digit_groups digits_at(std::string_view text, std::size_t at) {
    digit_groups found;
    found.plus = text[at] == '+';
    for (std::size_t i = at + found.plus; i < text.size() && i - at < 40; ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            found.groups += i == at + found.plus || !is_digit(text[i - 1]);
            found.digits += c;
            found.length = i + 1 - at;
        } else if (c == '(' || c == ')') {
            found.bracket = true;
        } else if (c == '.') {
            found.dots = true;
        } else if (c != ' ' && c != '-' && c != '/') {
            break;
        }
        if (!is_digit(c) && i > at && !is_digit(text[i - 1]) && text[i - 1] != ')' && text[i - 1] != '+' && c != '(')
            break;
    }
    return found;
}

// ISO/IEC 7812: card numbers end in Luhn's check digit.
inline bool has_luhn_digit(std::string_view digits) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const unsigned digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
        sum += i % 2 == 0 ? digit : 2 * digit - (digit > 4 ? 9 : 0);
    }
    return sum % 10 == 0;
}

inline std::size_t card_at(std::string_view text, std::size_t at) {
    if (!is_digit(text[at])) return 0;
    const digit_groups found = digits_at(text, at);
    const bool issued = found.digits[0] >= '3' && found.digits[0] <= '6';
    const bool size = found.digits.size() >= 13 && found.digits.size() <= 19;
    return issued && size && !found.bracket && !found.dots && has_luhn_digit(found.digits) ? found.length : 0;
}

// International (+ and 8 to 15 digits, ITU-T E.164), or ten or eleven digits in groups as in (415) 555-0137.
inline std::size_t phone_at(std::string_view text, std::size_t at) {
    if (!is_digit(text[at]) && text[at] != '+' && text[at] != '(') return 0;
    const digit_groups found = digits_at(text, at);
    const std::size_t digits = found.digits.size();
    const bool international = found.plus && digits >= 8 && digits <= 15;
    const bool grouped = (digits == 10 || digits == 11) && found.groups >= 3 && found.groups <= 4;
    return (international || grouped) && !is_digit(at_or_space(text, at + found.length)) ? found.length : 0;
}

// 192.0.2.17
inline std::size_t address_at(std::string_view text, std::size_t at) {
    std::size_t i = at;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && at_or_space(text, i++) != '.') return 0;
        unsigned value = 0;
        std::size_t digits = 0;
        for (; digits < 4 && is_digit(at_or_space(text, i)); ++i, ++digits)
            value = 10 * value + static_cast<unsigned>(text[i] - '0');
        if (digits == 0 || digits == 4 || value > 255) return 0;
    }
    const bool goes_on =
        is_alnum(at_or_space(text, i)) || (at_or_space(text, i) == '.' && is_digit(at_or_space(text, i + 1)));
    return goes_on ? 0 : i - at;
}

}  // namespace detail

inline std::string mask_personal(std::string_view text) {
    static constexpr struct {
        std::size_t (*at)(std::string_view, std::size_t);
        std::string_view name;
    } kinds[] = {{detail::email_at, "<email>"}, {detail::address_at, "<ip>"}, {detail::card_at, "<card>"},
                 {detail::phone_at, "<phone>"}};
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char before = out.empty() ? ' ' : out.back();
        const bool begins = !detail::is_alnum(before) && before != '.' && before != '-';
        std::size_t length = 0;
        if (begins) {
            for (const auto& kind : kinds) {
                length = kind.at(text, at);
                if (length == 0) continue;
                out += kind.name;
                break;
            }
        }
        if (length == 0) out += text[at];
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

}  // namespace stepgpt
