#include <doctest/doctest.h>

#include <stepgpt/text/clean.hpp>
#include <stepgpt/text/tales.hpp>   // a program may use both

#include <string>

#include "../support.hpp"

using namespace stepgpt;

static std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

// Fifty-four different words of English prose.
static const std::string prose =
    "The old house at the end of our street had been empty for many years, and children said that it was haunted. "
    "One evening my brother and I went to look at it with a lamp. We found nothing but dust, a broken chair, and the "
    "letters that nobody had ever come to read again.";

TEST_CASE("gopher: prose passes every rule") {
    const text_parts t(prose);
    CHECK(t.words.size() == 55);
    for (const auto& judge :
         {gopher_words, gopher_word_length, gopher_symbols, gopher_bullets, gopher_ellipses, gopher_letters,
          gopher_stop_words, gopher_repeated_lines, gopher_repeated_phrases, c4_sentences, c4_placeholder, c4_code}) {
        CHECK(judge(t) == "");
    }
}

TEST_CASE("gopher: each rule says why") {
    CHECK(gopher_words(text_parts("too short")) == "2 words (wanted 50 to 100,000)");
    CHECK(gopher_word_length(text_parts(repeated("ab ", 60))) == "2 bytes a word (wanted 3 to 10)");
    CHECK(gopher_symbols(text_parts("#one #two and ... three four")) == "0.5 # and ... a word (wanted at most 0.1)");
    CHECK(gopher_bullets(text_parts("- one\n* two\n\u2022 three")) ==
          "1 of the lines begin with a bullet (wanted at most 0.9)");
    CHECK(gopher_ellipses(text_parts("read more...\nand more\u2026\nend")).starts_with("0.667 of the lines"));
    CHECK(gopher_letters(text_parts("1 2 3 four")).starts_with("0.25 of the words"));
    CHECK(gopher_letters(text_parts("\u4e2d\u6587 \u4e2d")) == "");
    CHECK(gopher_stop_words(text_parts("Der Hund schl\u00e4ft")).starts_with("0 of the"));
    CHECK(gopher_repeated_lines(text_parts("a b\nc d\na b\na b")).starts_with("0.5 of the lines are repeated"));
    CHECK(gopher_repeated_phrases(text_parts(repeated("buy now ", 30) + prose)).find("one phrase of 2 words") !=
          std::string::npos);
    CHECK(gopher_repeated_phrases(text_parts(prose + " " + prose)).find("repeated phrases of 5 words") !=
          std::string::npos);
    CHECK(gopher_repeated_phrases(text_parts("")) == "");
    CHECK(gopher_word_length(text_parts("")).starts_with("0 bytes"));
}

TEST_CASE("c4: lines that are no sentences go, pages that are no prose too") {
    CHECK(c4_lines("A heading\n\nThis is a sentence of seven words.\nRead all about it today...\nPlease enable "
                   "javascript to see "
                   "this page.\nWe use cookies on this web site.\nToo short.\n") ==
          "This is a sentence of seven words.\n");
    CHECK(c4_lines("") == "");
    CHECK(c4_sentences(text_parts("One. Two.")) == "2 sentences (wanted 3)");
    CHECK(c4_placeholder(text_parts("Lorem Ipsum dolor")) != "");
    CHECK(c4_code(text_parts("int main() {")) != "");
}

TEST_CASE("clean: rules are applied in their order, and say what they did") {
    const auto rules = standard_rules();
    const cleaned c = clean("e\u0301\r\nx\u00a0y\x01", rules);
    CHECK(c.text == "\u00e9\nx y");
    REQUIRE(c.changed.size() == 4);
    CHECK(rules[c.changed[0]].name == "newlines");
    CHECK_FALSE(c.dropped());

    CHECK(clean("clean text\n", rules).changed.empty());
    if (const auto path = test::shared_data("tinyshakespeare.txt")) {
        const std::string text = test::read(*path);
        CHECK((clean(text, rules).text == text));       // a clean file stays as it is, to the byte
    }
}

TEST_CASE("clean: rules are switched by name or family, and added") {
    auto rules = standard_rules();
    switch_rules(rules, "gopher", true);
    const cleaned c = clean("short", rules);
    REQUIRE(c.dropped());
    CHECK(rules[c.dropped_by].name == "gopher_words");
    CHECK(c.why == "1 words (wanted 50 to 100,000)");
    switch_rules(rules, "gopher", false);
    switch_rules(rules, "nfc", false);
    CHECK(clean("e\u0301", rules).text == "e\u0301");
    CHECK_FALSE(is_on(rules, "nfc"));
    CHECK_THROWS_WITH_AS(switch_rules(rules, "gofer", true), doctest::Contains("no rule of this name"), error);
    CHECK_THROWS_WITH_AS(switch_rules(rules, "newline", true), doctest::Contains("did you mean 'newlines'?"), error);

    rules.push_back({"recipes", "drops what is no recipe", true, {}, [](const text_parts& t) {
                         return t.text.find("flour") == t.text.npos ? "no flour" : "";
                     }});
    CHECK(clean("Take some flour.", rules).why == "");
    CHECK(clean("Take a nap.", rules).why == "no flour");
}

TEST_CASE("clean: megabytes of one kind of line take no more than their share") {
    auto rules = standard_rules();
    for (const char* const family : {"gopher", "c4", "trim", "mask"}) switch_rules(rules, family, true);
    for (const char* const unit :
         {"a", " ", "\n", "a ", "#", "...", "- x\n", "\u0301", "1", "1 ", "(", "a@", "a.", "{"}) {
        CAPTURE(unit);
        CHECK(clean(repeated(unit, 100'000), rules).text.size() <= 500'000);
    }
}
