#include <stepgpt/report/bar_chart.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("bar_chart: lengths are in proportion and shares are of the whole") {
    const bar_chart chart{.title = "A step", .unit = "ms", .bars = {{"ab", 30}, {"<c>", 10}}};
    const auto text = chart.draw(300).element();
    // Names take 3 x 0.58 x 12 = 20.88 pixels; bars begin 10 further right and leave 104 for their numbers.
    CHECK(test::has(text, "x='30.9' y='5' width='165.1'"));
    CHECK(test::has(text, "x='30.9' y='32' width='55'"));
    CHECK(test::has(text, ">30 ms, 75 %<"));
    CHECK(test::has(text, ">10 ms, 25 %<"));
    CHECK(test::has(text, ">&lt;c&gt;<"));
    CHECK(test::xml_fault(text) == "");
}

TEST_CASE("bar_chart: no time, negative time, no number") {
    const bar_chart chart{.title = "", .unit = "ms", .bars = {{"zero", 0}, {"negative", -1}, {"nan", std::nan("")}}};
    const auto text = chart.draw(300).element();
    CHECK(test::xml_fault(text) == "");
    CHECK(test::count(text, "width='1'") == 3);                // a hair, so that the bar is not missing
    CHECK(test::xml_fault(bar_chart{.title = "", .unit = ""}.draw(300).element()) == "");
}
