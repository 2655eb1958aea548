#include <stepgpt/report/range_chart.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("range_chart: a dot for the last value, a line for where it has been") {
    const range_chart chart{.title = "Updates", .x_name = "ratio",
                            .rows = {{"wte.weight", {2e-3, 5e-4, 1e-3}},
                                     {"ln_f.bias", {}},
                                     {"wpe.weight", {0, std::nan("")}}}};
    const auto text = chart.draw(400).element();
    CHECK(test::has(text, "<title>wte.weight: 0.001, between 0.0005 and 0.002</title>"));
    CHECK(test::count(text, "class='dot c0'") == 1);
    CHECK(test::count(text, "class='line c0'") == 1);
    CHECK(test::has(text, ">not measured<"));
    CHECK(test::has(text, ">0 or not finite<"));
    CHECK(test::xml_fault(text) == "");
}

TEST_CASE("range_chart: of too many rows the farthest from the aim stay, in their order") {
    range_chart chart{.title = "", .x_name = ""};
    chart.rows = {{"near", {1.1e-3}}, {"low", {1e-6}}, {"nearer", {1e-3}}, {"none", {}}, {"high", {0.5}}};
    chart.keep_farthest(5);
    CHECK(chart.rows.size() == 5);
    chart.keep_farthest(3);
    REQUIRE(chart.rows.size() == 3);
    CHECK(chart.rows[0].name == "low");
    CHECK(chart.rows[1].name == "none");                       // not known is as far as can be
    CHECK(chart.rows[2].name == "high");
}
