#include <doctest/doctest.h>

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/edits.hpp>
#include <stepgpt/text/mask.hpp>

#include <string>

#include "../support.hpp"

using namespace stepgpt;

TEST_CASE("edits: every line end is \\n") {
    CHECK(normalize_newlines("a\r\nb\rc\nd\v\fe\u0085f\u2028g\u2029h") == "a\nb\nc\nd\n\ne\nf\ng\nh");
    CHECK(normalize_newlines("\r\r\n\n") == "\n\n\n");
}

TEST_CASE("edits: control characters and invisible ones go, joiners stay") {
    CHECK(remove_controls(std::string("a\0b\x1B[31mc\td\n\x7F", 13)) == "ab[31mc\td\n");
    CHECK(remove_controls("soft\u00adhyphen zero\u200bwidth \ufeffmark \u0080") == "softhyphen zerowidth mark ");
    CHECK(remove_controls("\U0001F468\u200d\U0001F469") == "\U0001F468\u200d\U0001F469");
}

TEST_CASE("edits: spaces") {
    CHECK(normalize_spaces("two\u00a0words\u3000three  four") == "two words three  four");
    CHECK(normalize_spaces("    indented \n\tcode\n") == "    indented \n\tcode\n");
    CHECK(trim_lines("a  \n\t\nb \t") == "a\n\nb");
    CHECK(trim_lines("a\n \n\n\n\n\nb\n") == "a\n\n\nb\n");
}

TEST_CASE("edits: twice is once, and what is clean stays as it is") {
    const random_numbers dice(137, stream::test);
    const char* const pool[] = {"a",      " ",      "\n",     "\r",   "\t",     "\v", "\u0085",
                                "\u00a0", "\u2028", "\u200b", "\x01", "\u00ad", "b"};
    std::uint64_t drawn = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::size_t length = dice.below(12, drawn++);
        for (std::size_t i = 0; i < length; ++i) text += pool[dice.below(std::size(pool), drawn++)];
        const auto clean = [](const std::string& t) {
            return normalize_spaces(remove_controls(normalize_newlines(t)));
        };
        const std::string once = clean(text), trimmed = trim_lines(once);
        if (trim_lines(trimmed) != trimmed || normalize_spaces(trimmed) != trimmed) FAIL("round " << round);
        if (clean(once) != once) FAIL("round " << round);
    }
    if (const auto path = test::shared_data("tinyshakespeare.txt")) {
        const std::string text = test::read(*path);
        CHECK((normalize_spaces(remove_controls(normalize_newlines(text))) == text));
    }
}

TEST_CASE("mask: what points at a person") {
    CHECK(mask_personal("Write to ann.o-hara+x@mail.example.org. Thanks") == "Write to <email>. Thanks");
    CHECK(mask_personal("a@b, @home, x@y.z, me@localhost, user@example.com!") ==
          "a@b, @home, x@y.z, me@localhost, <email>!");
    CHECK(mask_personal("Call +49 30 123456 or (415) 555-0137 or 415-555-0137.") ==
          "Call <phone> or <phone> or <phone>.");
    CHECK(mask_personal("1914-1918, 3.14159265358979, 1,000,000, 10 000 000") ==
          "1914-1918, 3.14159265358979, 1,000,000, 10 000 000");
    CHECK(mask_personal("host 192.0.2.17, version 1.2.3.4.5, 300.1.1.1") == "host <ip>, version 1.2.3.4.5, 300.1.1.1");
    CHECK(mask_personal("4111 1111 1111 1111 and 4111 1111 1111 1112") == "<card> and 4111 1111 1111 1112");
    CHECK(mask_personal("191.0.3.1+49 30 123456") == "<ip><phone>");   // what follows a mask may be one
    CHECK(mask_personal("") == "");
    CHECK(mask_personal(std::string(100'000, 'a')).size() == 100'000);
    CHECK(mask_personal(std::string(100'000, '1')).size() == 100'000);
}
