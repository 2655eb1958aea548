#include <doctest/doctest.h>

#include <stepgpt/text/markdown.hpp>

#include <string>

using namespace stepgpt;

TEST_CASE("markdown: marks inside a paragraph go in pairs, text stays") {
    CHECK(plain_of("plain") == "plain");
    CHECK(plain_of("*one* **two** ***three*** _four_ __five__ ~~six~~") == "one two three four five six");
    CHECK(plain_of("2 * 3 * 4, snake_case_name, 5*x, ~1") == "2 * 3 * 4, snake_case_name, 5*x, ~1");
    CHECK(plain_of("`2*3*4` and ``a ` b``") == "2*3*4 and a ` b");
    CHECK(plain_of("a lone ` or * stays") == "a lone ` or * stays");
    CHECK(plain_of("[text](http://x.org \"title\") [text][id] [brackets] (round)") == "text text [brackets] (round)");
    CHECK(plain_of("![alt *text*](a.png), [![badge](b.svg)](http://x.org)") == "alt text, badge");
    CHECK(plain_of("a note[^1], [link](http://x.org/a_(b))") == "a note, link");
    CHECK(plain_of("<b>bold</b>, <http://x.org>, <me@x.org>, 1 < 2 > 0, <!-- gone -->x") ==
          "bold, http://x.org, me@x.org, 1 < 2 > 0, x");
    CHECK(plain_of("\\*not emphasis\\*, \\[no link\\](x)") == "*not emphasis*, [no link](x)");
}

TEST_CASE("markdown: blocks") {
    CHECK(markdown_text("# Bread #\n\nFlour, *water*\nand salt.\n\nTitle\n=====\n\nText\n---\nMore\n") ==
          "Bread\n\nFlour, water\nand salt.\n\nTitle\n\nText\nMore");
    CHECK(markdown_text("* one\n* [ ] two\n  goes on\n    + inner\n\n1. first\n2. second\n") ==
          "- one\n- two\ngoes on\n    - inner\n\n1. first\n2. second");
    CHECK(markdown_text("> quoted *text*\n> > twice\n") == "quoted text\ntwice");
    CHECK(markdown_text("before\n\n```cpp\nint *a = b[1](2);\n\n```\nafter") == "before\n\nint *a = b[1](2);\n\nafter");
    CHECK(markdown_text("code:\n\n    a *b* c\n\nend") == "code:\n\n    a *b* c\n\nend");
    CHECK(markdown_text("---\ntitle: x\n---\ntext\n") == "text");
    CHECK(markdown_text("text [a][1]\n\n[1]: http://x.org \"t\"\n") == "text a");
    CHECK(markdown_text("| a | *b* |\n|---|:-:|\n| 1 | 2 |\n\nafter | all\n") == "a\tb\n1\t2\n\nafter | all");
    CHECK(markdown_text("") == "");
    CHECK(markdown_text("\r\n# A\r\n\r\nb\r\n") == "A\n\nb");
}

static std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

TEST_CASE("markdown: a hundred thousand marks of any kind take no time worth naming") {
    for (const char* const marks :
         {"[",    "]", "[x](", "(",  "*",   "*a ", "**a", "_",  "`", "` ``", "``` ", "<", "<a",
          "<!--", ">", "\\",   "![", "~~a", "| ",  "> ",  "- ", "#", "[^",   "1. ",  "&"}) {
        CAPTURE(marks);
        CHECK(markdown_text(repeated(marks, 100'000)).size() <= 400'000);
        CHECK(markdown_text(repeated(std::string(marks) + "\n", 30'000)).size() <= 400'000);
    }
}
