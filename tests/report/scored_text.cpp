#include <stepgpt/report/scored_text.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("scored_text: colour by surprise, and what was expected") {
    const auto text = page::scored_text(
        {{"The", 1, {}}, {" king", 0.02, {{" fox", 0.31}, {"\n", 0.2}}}, {"\n", 0.3, {}}, {"'\">", 0, {}}});
    CHECK(test::xml_fault(tag("div", "", text)) == "");
    CHECK(test::has(text, "class='u0' data-tip='The  p 1, surprise 0.00'>The<"));
    CHECK(test::has(text, "class='u3' data-tip='·king  p 0.02, surprise 3.91\n"
                          "expected: ·fox 0.31   ⏎ 0.2'> king<"));
    CHECK(test::has(text, "class='u1' data-tip='⏎  p 0.3, surprise 1.20'>⏎\n<"));
    CHECK(test::has(text, "class='u4' data-tip='&#39;&quot;&gt;  p 0, surprise ∞'>"));
}

TEST_CASE("scored_text: five guesses at most, and numbers that are none") {
    const auto text = page::scored_text(
        {{"a", std::nan(""), {{"b", 0.1}, {"c", 0.1}, {"d", 0.1}, {"e", 0.1}, {"f", 0.1}, {"g", 0.1}}}});
    CHECK(test::has(text, "f 0.1'"));
    CHECK(!test::has(text, "g 0.1"));
    CHECK(test::has(text, "class='u4'"));
}
