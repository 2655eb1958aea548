#include <doctest/doctest.h>

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/utf8.hpp>

#include <string>
#include <vector>

using namespace stepgpt;

TEST_CASE("utf8: every code point survives encode and decode") {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        std::string text;
        append_utf8(text, c);
        const code_point back = decode_utf8(text, 0);
        if (!back.valid || back.value != c || back.length != text.size()) FAIL("U+" << static_cast<unsigned>(c));
    }
    std::string surrogate;
    append_utf8(surrogate, 0xD800);
    CHECK(surrogate == "\uFFFD");
}

TEST_CASE("utf8: the first broken byte is named") {
    CHECK(is_utf8("plain, \u00e9, \u4e2d, \U0001F600"));
    CHECK(is_utf8(""));
    CHECK(first_invalid_utf8("abc\xFFz") == 3);
    CHECK(first_invalid_utf8("0123456789\xC3") == 10);                // cut short
    CHECK(first_invalid_utf8("\xC0\xAF") == 0);                       // overlong '/'
    CHECK(first_invalid_utf8("a\xED\xA0\x80") == 1);                  // a surrogate
    CHECK(first_invalid_utf8("\xF4\x90\x80\x80") == 0);               // above U+10FFFF
    CHECK(first_invalid_utf8("\xE0\x9F\xBF") == 0);                   // overlong
    CHECK(first_invalid_utf8("\xF0\x8F\xBF\xBF") == 0);
}

// Unicode 15.0, chapter 3, Table 3-8 to 3-11: what U+FFFD substitution of maximal subparts gives.
TEST_CASE("utf8: one replacement for each maximal subpart") {
    const auto replaced = [](const std::string& text) { return repair_utf8(text).replacements; };
    CHECK(replaced("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == 8);
    CHECK(replaced("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == 8);
    CHECK(replaced("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == 7);
    CHECK(replaced("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == 4);

    const repaired_text one = repair_utf8("caf\xE9 noir");
    CHECK(one.text == "caf\uFFFD noir");
    CHECK(one.first == 3);
}

// A decoder written from the standard's other description: code points first, ranges afterwards.
static bool valid_by_ranges(const std::string& bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[i]);
        const int length = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 0;
        if (length == 0 || i + static_cast<std::size_t>(length) > bytes.size()) return false;
        unsigned value = length == 1 ? lead : lead & (0xFFu >> (length + 1));
        for (int k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(bytes[i + static_cast<std::size_t>(k)]);
            if ((next >> 6) != 2) return false;
            value = value << 6 | (next & 0x3F);
        }
        const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
        i += static_cast<std::size_t>(length);
    }
    return true;
}

TEST_CASE("utf8: agrees with an independent decoder on a million mangled texts") {
    const random_numbers dice(137, stream::test);
    const std::string pool = "az\u00e9\u07ff\u0800\u4e2d\uffff\U00010000\U0001F600\U0010FFFF";
    std::uint64_t drawn = 0;
    const auto below = [&](std::size_t bound) { return dice.below(bound, drawn++); };
    for (int round = 0; round < 1'000'000; ++round) {
        const std::size_t begin = below(pool.size()), length = below(9), bit = below(8);
        std::string text = pool.substr(begin, length);
        if (!text.empty()) text[below(text.size())] ^= static_cast<char>(1 << bit);
        if (is_utf8(text) != valid_by_ranges(text)) FAIL("round " << round);
        if (!is_utf8(repair_utf8(text).text)) FAIL("repair of round " << round);
    }
}

TEST_CASE("utf8: a text in pieces holds its incomplete end back") {
    CHECK(incomplete_utf8_tail("abc") == 0);
    CHECK(incomplete_utf8_tail("ab\u00e9") == 0);
    CHECK(incomplete_utf8_tail("ab\xC3") == 1);
    CHECK(incomplete_utf8_tail("ab\xE4\xB8") == 2);
    CHECK(incomplete_utf8_tail("ab\xF0\x9F\x98") == 3);
    CHECK(incomplete_utf8_tail("ab\xFF") == 0);          // no byte could mend this
    CHECK(incomplete_utf8_tail("\x80\x80\x80") == 0);
}

TEST_CASE("utf8: to and from UTF-32") {
    CHECK(to_utf32("a\u00e9\U0001F600") == U"a\u00e9\U0001F600");
    CHECK(to_utf8(U"a\u00e9\U0001F600") == "a\u00e9\U0001F600");
    CHECK(utf8_length("a\u00e9\U0001F600") == 3);
    CHECK(utf8_length("eight by eight\xFF") == 15);
}
