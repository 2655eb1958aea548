#include <stepgpt/token/unicode_classes.hpp>

#include <stepgpt/text/utf8.hpp>

#include "support.hpp"

#ifdef STEPGPT_HAS_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

using namespace stepgpt;

namespace {
unicode_class class_of(char32_t code) { return unicode_classes()[code]; }
}  // namespace

TEST_CASE("characters have their class") {
    for (const char32_t c : U"azAZéßдあ中\u0E44") {
        if (c) CHECK(class_of(c) == unicode_class::letter);
    }
    for (const char32_t c : U"09½Ⅻ٣") {
        if (c) CHECK(class_of(c) == unicode_class::number);
    }
    for (const char32_t c : {U'\u0301', U'\u093F', U'\u20E3'}) CHECK(class_of(c) == unicode_class::mark);
    for (const char32_t c : U"\t\n\r \u0085\u00a0\u1680\u2003\u2028\u3000") {
        if (c) CHECK(class_of(c) == unicode_class::space);
    }
    for (const char32_t c : {U'\0', U'!', U'_', U'\u200b', U'\ufeff', U'\ufffd', U'😀', char32_t{0x10FFFF}})
        CHECK(class_of(c) == unicode_class::other);
}

TEST_CASE("as many characters of each class as Unicode 16 has") {
    std::size_t count[5] = {};
    for (char32_t c = 0; c < 0x110000; ++c) ++count[static_cast<int>(class_of(c))];
    CHECK(count[static_cast<int>(unicode_class::letter)] == 141028);
    CHECK(count[static_cast<int>(unicode_class::number)] == 1911);
    CHECK(count[static_cast<int>(unicode_class::mark)] == 2501);
    CHECK(count[static_cast<int>(unicode_class::space)] == 25);
}

#ifdef STEPGPT_HAS_PCRE2
TEST_CASE("PCRE2 sees the same classes, in all characters that its Unicode has") {
    const std::string pattern = "(\\p{L})|(\\p{N})|(\\p{M})|(\\s)|(\\p{Cn})";
    int problem;
    PCRE2_SIZE at;
    pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                           PCRE2_UTF | PCRE2_UCP, &problem, &at, nullptr);
    pcre2_match_data* const data = pcre2_match_data_create_from_pattern(code, nullptr);
    std::size_t compared = 0;
    for (char32_t c = 0; c < 0x110000; ++c) {
        if ((c >= 0xD800 && c < 0xE000) || c == 0x180E) continue;   // PCRE2 keeps U+180E a space, as before Unicode 6.3
        std::string text;
        append_utf8(text, c);
        const int groups = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, nullptr);
        const int group = std::max(groups - 1, 0);   // the number of the last group that matched; 5: not assigned there
        if (group == 5) continue;
        if (static_cast<int>(class_of(c)) != group) FAIL_CHECK("code point " << static_cast<unsigned>(c));
        ++compared;
    }
    CHECK(compared > 280000);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
}
#endif
