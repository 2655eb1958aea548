// What the tests of tokens and batches share: the message of an error, and strings of random bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/random.hpp>

#include "../support.hpp"

namespace test {

// What the error says that the action ends in.
template <class Action>
std::string message(Action&& action) {
    try {
        action();
    } catch (const stepgpt::error& e) {
        return e.what();
    }
    return "no error";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The n-th of endless random strings of up to `longest` parts, each part one of `alphabet`.
inline std::string random_text(std::uint32_t n, std::size_t longest, const std::vector<std::string>& alphabet) {
    const stepgpt::random_numbers draw(2024, stepgpt::stream::test, n);
    std::string text;
    const auto length = draw.below(longest + 1, 0);
    for (std::uint64_t i = 1; i <= length; ++i) text += alphabet[draw.below(alphabet.size(), i)];
    return text;
}

// Parts in which tokenizers may go wrong: letters of several scripts, digits, white space, emoji, broken UTF-8.
inline std::vector<std::string> difficult_parts() {
    return {"a",  "B",    "th",   "'s",     "'",      "'re",    "’",      " ",        "  ",       "\n",     "\t",
            "\r", "7",    "42",   "Ⅻ",      "½",      "é",      "e\u0301", "ß",       "д",        "中",     "あ",
            "ไ",  "\u093f", "न",  "😀",     "👩‍👩‍👧",  "🇩🇪",     "\u00a0", "\u2003",  "\u200b",   "\u0000", "!",
            "?!", ",",    "<|",   "|>",     "\xff",   "\xc3",   "\xe2\x82", "\xf0\x9f", "\xed\xa0\x80", "\x80", "_"};
}

}  // namespace test
