#include <doctest/doctest.h>

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/nfc.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "../support.hpp"

using namespace stepgpt;

TEST_CASE("nfc: letters and marks come together, in one order") {
    CHECK(to_nfc("plain ASCII") == "plain ASCII");
    CHECK(to_nfc("e\u0301") == "\u00e9");
    CHECK(to_nfc("cafe\u0301 noir, e\u0301te\u0301") == "caf\u00e9 noir, \u00e9t\u00e9");
    CHECK(to_nfc("q\u0307\u0323") == "q\u0323\u0307");            // no such letter: only the order changes
    CHECK(to_nfc("d\u0307\u0323") == "\u1e0d\u0307");
    CHECK(to_nfc("\u212b") == "\u00c5");                           // the angstrom sign is a letter
    CHECK(to_nfc("\u0958") == "\u0915\u093c");                     // excluded from composition
    CHECK(to_nfc("\u0344") == "\u0308\u0301");
    CHECK(to_nfc("\U0001D15E") == "\U0001D157\U0001D165");
    CHECK(to_nfc("a\u0301b\u0301") == "\u00e1b\u0301");
    CHECK(to_nfc("\u00e9\u0323") == "\u1eb9\u0301");
    CHECK(to_nfc("") == "");
}

TEST_CASE("nfc: Hangul by arithmetic") {
    CHECK(to_nfc("\u1112\u1161\u11ab\u1100\u1173\u11af") == "\ud55c\uae00");
    CHECK(to_nfc("\ud558\u11ab") == "\ud55c");
    CHECK(to_nfc("\u1161\u11ab") == "\u1161\u11ab");              // no leading consonant
    CHECK(to_nfc("\ud55c\u11ab") == "\ud55c\u11ab");              // complete already
}

TEST_CASE("nfc: twice is once, on any text") {
    const random_numbers dice(137, stream::test);
    const char32_t pool[] = {'a',    'e',    0xe9,  0x300, 0x301,  0x323,  0x328,   0x345,   0x3b1,   0x1100, 0x1161,
                             0x11a8, 0xac00, 0x915, 0x93c, 0x4e2d, 0xf900, 0x1d157, 0x1d165, 0x1f600, ' '};
    std::uint64_t drawn = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::u32string text;
        const std::size_t length = dice.below(12, drawn++);
        for (std::size_t i = 0; i < length; ++i) text += pool[dice.below(std::size(pool), drawn++)];
        const std::string once = to_nfc(to_utf8(text));
        if (to_nfc(once) != once) FAIL("round " << round);
    }
    CHECK(to_nfc("a" + std::string(100'000, '\xCC')).size() > 100'000);         // broken UTF-8 does no harm
    std::string marks = "a";
    for (int i = 0; i < 100'000; ++i) marks += i % 2 ? "\u0301" : "\u0323";
    CHECK(to_nfc(marks).size() > 100'000);                                       // nor does a letter with 100,000 marks
}

// The Unicode Consortium's own test: Debian's unicode-data has it; STEPGPT_NORMALIZATION_TEST may name another place.
TEST_CASE("nfc: Unicode's NormalizationTest.txt") {
    const char* const named = std::getenv("STEPGPT_NORMALIZATION_TEST");
    std::ifstream in(named ? named : "/usr/share/unicode/NormalizationTest.txt");
    if (!in) {
        MESSAGE("skipped: no NormalizationTest.txt (set STEPGPT_NORMALIZATION_TEST)");
        return;
    }
    const auto read = [](const std::string& codes) {
        std::istringstream words(codes);
        std::u32string text;
        for (std::uint32_t code; words >> std::hex >> code;) text += code;
        return to_utf8(text);
    };
    std::size_t lines = 0, wrong = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#' || line[0] == '@') continue;
        std::vector<std::string> columns;
        std::istringstream fields(line);
        for (std::string field; columns.size() < 5 && std::getline(fields, field, ';');) columns.push_back(read(field));
        // c2 == NFC(c1) == NFC(c2) == NFC(c3), c4 == NFC(c4) == NFC(c5)
        ++lines;
        wrong += to_nfc(columns[0]) != columns[1] || to_nfc(columns[1]) != columns[1] ||
                 to_nfc(columns[2]) != columns[1] || to_nfc(columns[3]) != columns[3] ||
                 to_nfc(columns[4]) != columns[3];
    }
    CHECK(lines > 10'000);
    CHECK(wrong == 0);
}
