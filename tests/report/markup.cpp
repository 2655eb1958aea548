#include <stepgpt/report/markup.hpp>

#include <clocale>
#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("escaped: what has a meaning in markup loses it") {
    CHECK(escaped("a < b && c > \"d\" 'e'") == "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;");
    CHECK(escaped("ä€😉\n\t") == "ä€😉\n\t");
    CHECK(escaped("") == "");
}

TEST_CASE("escaped: control bytes become pictures, broken bytes U+FFFD") {
    CHECK(escaped(std::string_view("\0\x01\x1f\x7f\r", 5)) == "␀␁␟␡␍");
    CHECK(escaped("a\xff z") == "a� z");
    CHECK(escaped("\xe2\x82") == "��");                     // the beginning of €
    CHECK(escaped("\xc0\xaf") == "��");                     // an overlong /
    CHECK(escaped("\xed\xa0\x80") == "���");                // a surrogate
    CHECK(escaped("\xf4\x90\x80\x80") == "����");           // above U+10FFFF
    CHECK(escaped("\xef\xbf\xbe") == "���");                // U+FFFE, which XML forbids
    CHECK(escaped("\xef\xbf\xbd") == "�");
}

TEST_CASE("escaped: any two bytes are well-formed, as text and as an attribute") {
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b) {
            const std::string text = {static_cast<char>(a), static_cast<char>(b)};
            const auto safe = escaped(text);
            const auto fault = test::xml_fault("<a b='" + safe + "' c=\"" + safe + "\">" + safe + "</a>");
            REQUIRE_MESSAGE(fault.empty(), fault, ": ", a, " ", b);
        }
}

TEST_CASE("the checker of the tests sees faults") {
    CHECK(test::xml_fault("<a><b x='1'/></a>") == "");
    CHECK(test::xml_fault("<a><b></a></b>") == "</a> closes b at byte 6");
    for (const char* bad : {"<a>", "<a>&nbsp;</a>", "<a b=c/>", "<a b='1' b='2'/>", "<a b='<'/>", "<a/><b/>", "x",
                            "<a>\x01</a>", "<a>\xff</a>", "<a b/>", "</a>"})
        CHECK_MESSAGE(test::xml_fault(bad) != "", bad);
}

TEST_CASE("shortened: characters are counted, not bytes") {
    CHECK(shortened("abcd", 4) == "abcd");
    CHECK(shortened("abcde", 4) == "abc…");
    CHECK(shortened("äöüß!", 4) == "äöü…");
    CHECK(shortened("\xff\xff\xff", 2) == "\xff…");
}

TEST_CASE("visible_token: blanks can be seen") {
    CHECK(visible_token(" the") == "·the");
    CHECK(visible_token("\n\t") == "⏎⇥");
}

TEST_CASE("decimal and fixed: as many digits as wanted, in any locale") {
    CHECK(decimal(3.10, 2) == "3.1");
    CHECK(decimal(300, 1) == "300");
    CHECK(decimal(-0.04, 1) == "0");
    CHECK(decimal(1e20, 0) == "100000000000000000000");
    CHECK(fixed(1.9, 3) == "1.900");
    CHECK(decimal(std::nan(""), 1) == "nan");
    CHECK(decimal(HUGE_VAL, 1) == "inf");
    CHECK(decimal(-1.7976931348623157e308, 1).size() == 310);

    const std::string before = std::setlocale(LC_ALL, nullptr);
    if (std::setlocale(LC_ALL, "de_DE.UTF-8")) CHECK(decimal(0.5, 1) == "0.5");
    std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("readable: three digits that matter") {
    CHECK(readable(0) == "0");
    CHECK(readable(4.6) == "4.6");
    CHECK(readable(0.00098) == "0.00098");
    CHECK(readable(0.001) == "0.001");
    CHECK(readable(0.0001) == "0.0001");
    CHECK(readable(5e-5) == "5e-5");
    CHECK(readable(1.24e-6) == "1.2e-6");
    CHECK(readable(65) == "65");
    CHECK(readable(123.4) == "123");
    CHECK(readable(1234.5) == "1234");
    CHECK(readable(14230) == "14.2k");
    CHECK(readable(99950) == "100k");
    CHECK(readable(1'536'000) == "1.54M");
    CHECK(readable(124'439'808) == "124.4M");
    CHECK(readable(2e9) == "2G");
    CHECK(readable(-5000) == "-5000");
    CHECK(readable(1e15) == "1e15");
    CHECK(readable(std::nan("")) == "NaN");
    CHECK(readable(-HUGE_VAL) == "-inf");
}
