// An error says where, what was found, what was wanted and what to try, in one short message that is safe to print.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>

using stepgpt::error;
using stepgpt::expect_shape;
using stepgpt::printable;
using stepgpt::shape_text;

namespace {
// All that expect_shape asks of a tensor.
struct shaped {
    std::vector<std::size_t> extents;
    const std::vector<std::size_t>& shape() const { return extents; }
    std::size_t shape(std::size_t i) const { return extents[i]; }
    std::size_t dimension() const { return extents.size(); }
};

std::string message_of(const stepgpt::complaint& what) { return error(what).what(); }
}  // namespace

TEST_CASE("error: the message in full") {
    const error e({.where = "train.bin",
                   .offset = 131072,
                   .found = "token id 70",
                   .wanted = "an id below 65",
                   .hint = "this data folder was made with another tokenizer; run prepare again"});
    CHECK(e.what() == std::string("train.bin, byte 131072: found token id 70, wanted an id below 65\n"
                                  "  -> this data folder was made with another tokenizer; run prepare again"));
    CHECK(e.about().offset == 131072);
    CHECK_FALSE(e.about().line);
}

TEST_CASE("error: only what is known is said") {
    CHECK(message_of({.where = "--n-head", .wanted = "a divisor of 128"}) == "--n-head: wanted a divisor of 128");
    CHECK(message_of({.where = "config.json", .line = 3, .subject = "n_embd", .found = "-1"}) ==
          "config.json, line 3, 'n_embd': found -1");
    CHECK(message_of({.where = "input.txt", .found = "0 bytes", .wanted = "text"}) ==
          "input.txt: found 0 bytes, wanted text");
}

TEST_CASE("error: it is caught as a std::exception") {
    try {
        throw error({.where = "here", .found = "nothing"});
    } catch (const std::exception& e) {
        CHECK(e.what() == std::string("here: found nothing"));
    }
}

TEST_CASE("printable: control bytes are shown, not obeyed") {
    CHECK(printable("plain text, caf\xc3\xa9") == "plain text, caf\xc3\xa9");
    CHECK(printable("a\nb\tc") == "a\\nb\\tc");
    CHECK(printable("\x1b[2Jgone") == "\\x1b[2Jgone");   // would clear the terminal
    CHECK(printable(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
    CHECK(printable("") == "");
}

TEST_CASE("printable: what is too long is cut, and one sees it") {
    CHECK(printable("abcdef", 6) == "abcdef");
    CHECK(printable("abcdefg", 6) == "abcdef...");
}

TEST_CASE("error: a hostile file cannot make a long message, or one that writes to the terminal") {
    const std::string flood(100'000, '\x07');
    const std::string text =
        message_of({.where = flood, .offset = 1, .subject = flood, .found = flood, .wanted = flood, .hint = flood});
    CHECK(text.size() <= 500);
    CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("shape_text") {
    CHECK(shape_text(std::vector<std::size_t>{12, 64, 128}) == "(12, 64, 128)");
    CHECK(shape_text(std::array<std::size_t, 1>{7}) == "(7)");
    CHECK(shape_text(std::vector<std::size_t>{}) == "()");
}

TEST_CASE("expect_shape: the right shape passes") {
    CHECK_NOTHROW(expect_shape(shaped{{2, 3}}, {2, 3}, "x (B,T)"));
}

TEST_CASE("expect_shape: a wrong one is an error that names the caller's line") {
    const int here = __LINE__ + 2;
    try {
        expect_shape(shaped{{2, 4}}, {2, 3}, "attention input x (B,T)");
        FAIL("no error");
    } catch (const error& e) {
        CHECK(e.what() == "error.cpp, line " + std::to_string(here) +
                              ", 'attention input x (B,T)': found shape (2, 4), wanted shape (2, 3)");
    }
    CHECK_THROWS_AS(expect_shape(shaped{{2, 3, 1}}, {2, 3}, "x"), error);   // too many dimensions
    CHECK_THROWS_AS(expect_shape(shaped{{2}}, {2, 3}, "x"), error);         // too few
}
