#include <doctest/doctest.h>

#include <stepgpt/text/encoding.hpp>

#include <string>

using namespace stepgpt;

static byte_source in_pieces(const std::string& text, std::size_t size) {
    return [in = memory_bytes(text), size](char* to, std::size_t room) { return in(to, std::min(room, size)); };
}

static encoding_verdict verdict_of(const std::string& bytes, std::size_t size = 1 << 16) {
    encoding_detector seen;
    each_block(in_pieces(bytes, size), seen);
    return seen.verdict();
}

static std::string decoded(const std::string& bytes, std::size_t size = 1 << 16) {
    return read_up_to(as_utf8(in_pieces(bytes, size), verdict_of(bytes, size)), 1 << 20);
}

static std::string utf16(const std::u16string& text, bool little) {
    std::string bytes;
    for (const char16_t unit : text) {
        const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
        bytes += little ? low : high;
        bytes += little ? high : low;
    }
    return bytes;
}

TEST_CASE("encoding: UTF-8 with and without a byte order mark") {
    CHECK(verdict_of("plain").is == encoding::utf8);
    CHECK(verdict_of("caf\u00e9").sequences == 1);
    CHECK(decoded("caf\u00e9") == "caf\u00e9");
    CHECK(decoded("\xEF\xBB\xBF" "caf\u00e9") == "caf\u00e9");
    CHECK(decoded("\xEF\xBB\xBF\xEF\xBB\xBF" "caf\u00e9") == "\uFEFF" "caf\u00e9");
    CHECK(decoded("") == "");
}

TEST_CASE("encoding: UTF-16 by its byte order mark, lone surrogates and half units as U+FFFD") {
    const std::u16string text = u"\uFEFFna\u00efve \u4e2d \U0001F600";
    for (const std::size_t size : {1, 2, 3, 5, 64}) {
        CHECK(decoded(utf16(text, true), size) == "na\u00efve \u4e2d \U0001F600");
        CHECK(decoded(utf16(text, false), size) == "na\u00efve \u4e2d \U0001F600");
    }
    CHECK(verdict_of(utf16(text, false)).is == encoding::utf16_big);
    CHECK(decoded(utf16({0xFEFF, 'a', 0xD83D, 'b'}, true)) == "a\uFFFD" "b");
    CHECK(decoded(utf16({0xFEFF, 'a', 0xD83D}, true)) == "a\uFFFD");
    CHECK(decoded(utf16({0xFEFF, 'a'}, true) + "b") == "a\uFFFD");
}

TEST_CASE("encoding: Latin-1 where UTF-8 is broken, even by the last byte of the file") {
    const std::string text = std::string(200'000, 'a') + " \x93" "caf\xE9\x94 \x80";
    const encoding_verdict verdict = verdict_of(text);
    CHECK(verdict.is == encoding::latin1);
    CHECK(verdict.broken == 3);   // \xE9\x94 could have begun one character
    CHECK(verdict.first_broken == 200'001);
    CHECK(decoded(text).substr(200'000) == " \u201Ccaf\u00e9\u201D \u20AC");
    CHECK(std::string(name_of(verdict.is)) == "Latin-1 (windows-1252)");
}

TEST_CASE("encoding: UTF-8 with a little damage stays UTF-8, in pieces of any size") {
    const std::string text = "caf\u00e9 \u4e2d\u6587 na\u00efve \xFF end \xE4\xB8";
    const encoding_verdict verdict = verdict_of(text);
    CHECK(verdict.is == encoding::utf8);
    CHECK(verdict.sequences == 4);
    CHECK(verdict.broken == 2);
    for (std::size_t size = 1; size < 12; ++size) {
        CHECK(decoded(text, size) == "caf\u00e9 \u4e2d\u6587 na\u00efve \uFFFD end \uFFFD");
        CHECK(verdict_of(text, size).first_broken == verdict.first_broken);
    }
}

TEST_CASE("encoding: bytes that no text has are counted") {
    CHECK(verdict_of("tabs\tand\r\nlines\f").controls == 0);
    CHECK(verdict_of(std::string("\x7F" "ELF\x02\x01\x01\0\0", 9)).controls == 5);
}
