#include <stepgpt/report/line_chart.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("line_chart: points lie where the axes say") {
    // The plot begins 54 pixels from the left and ends 16 from the right and 38 from below; its head has 28 pixels.
    line_chart chart{.title = "Loss", .x_name = "step", .y_name = "loss"};
    chart.lines.push_back({.name = "train", .x = {0, 50, 100}, .y = {4, 1, 2}});
    const auto text = chart.draw(270, 166).element();
    CHECK(test::has(text, "d='M54 28L54 28 154 128 254 94.7'"));
    for (const char* words : {">step<", ">loss<", ">train<", ">0<", ">50<", ">100<", ">1<", ">2<", ">3<", ">4<"})
        CHECK_MESSAGE(test::has(text, words), words);
    CHECK(test::xml_fault(text) == "");
}

TEST_CASE("line_chart: every colour has its name beside it") {
    line_chart chart{.title = "", .x_name = "", .y_name = "y"};
    for (int i = 0; i < 6; ++i)
        chart.lines.push_back({.name = "run " + std::to_string(i), .x = {0, 1}, .y = {0, 1.0 * i}});
    const auto text = chart.draw(300, 300).element();
    for (int i = 0; i < 6; ++i) CHECK(test::has(text, ">run " + std::to_string(i) + "<"));
    CHECK(test::count(text, "class='line c0'") == 2);          // in the legend and in the plot
    CHECK(test::count(text, "class='line c0 again'") == 2);    // the fifth line: the first colour, dashed
}

TEST_CASE("line_chart: reference lines carry name and value, and widen the axis") {
    line_chart chart{.title = "", .x_name = "step", .y_name = "loss"};
    chart.lines.push_back({.name = "train", .x = {0, 1}, .y = {2, 1.5}});
    chart.marks = {{.name = "bigram", .value = 2.486}, {.name = "uniform", .value = 4.1744},
                   {.name = "floor", .value = 1.37, .strong = true}};
    chart.right = 96;
    const auto text = chart.draw(400, 300).element();
    for (const char* words : {">bigram 2.486<", ">uniform 4.174<", ">floor 1.370<"})
        CHECK_MESSAGE(test::has(text, words), words);
    CHECK(test::count(text, "class='mark'") == 2);
    CHECK(test::count(text, "class='strong'") == 1);
    CHECK(test::has(text, ">4.5<"));
}

TEST_CASE("line_chart: a value without a place breaks the line and is counted") {
    line_chart chart{.title = "", .x_name = "", .y_name = ""};
    chart.lines.push_back({.name = "a", .x = {0, 1, 2, 3}, .y = {1, std::nan(""), 2, HUGE_VAL}});
    CHECK(test::has(chart.draw(270, 166).element(), ">not finite: 2<"));
    chart.log_y = true;
    chart.lines[0].y = {1, 0, 2, -1};
    const auto text = chart.draw(270, 166).element();
    CHECK(test::has(text, ">not finite or not above 0: 2<"));
    CHECK(test::has(text, "d='M54 128L54 128M187.3 28L187.3 28'"));      // two lonely points
    CHECK(!test::has(text, "nan"));
}

TEST_CASE("line_chart: pins are numbered links that do not cover each other") {
    line_chart chart{.title = "", .x_name = "", .y_name = ""};
    chart.lines.push_back({.name = "a", .x = {0, 2000}, .y = {4, 2}});
    chart.pins = {{.x = 0, .tip = "a < b", .link = "#sample-1"}, {.x = 1, .tip = "", .link = "#sample-2"}};
    const auto text = chart.draw(270, 200).element();
    CHECK(test::has(text, "<a href='#sample-1'><title>a &lt; b</title>"));
    CHECK(test::has(text, "<circle cx='54' "));
    CHECK(test::has(text, "<circle cx='73' "));
    CHECK(test::xml_fault(text) == "");
}

TEST_CASE("line_chart: dots tell their numbers") {
    line_chart chart{.title = "", .x_name = "step", .y_name = ""};
    chart.lines.push_back({.name = "validation", .x = {250}, .y = {2.44471}, .dots = true});
    CHECK(test::has(chart.draw(270, 166).element(), "<title>step 250: validation 2.4447</title>"));
}

TEST_CASE("line_chart: nothing to show is still a chart") {
    for (const bool log : {false, true}) {
        line_chart chart{.title = "", .x_name = "", .y_name = "", .log_y = log};
        CHECK(test::xml_fault(chart.draw(300, 200).element()) == "");
        chart.lines.push_back({.name = "none", .x = {}, .y = {}});
        chart.lines.push_back({.name = "none", .x = {1}, .y = {std::nan("")}});
        const auto text = chart.draw(300, 200).element();
        CHECK(test::xml_fault(text) == "");
        CHECK(!test::has(text, "nan"));
        CHECK(!test::has(text, "inf"));
    }
}
