#include <stepgpt/report/heat_map.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("heat_shade: nine equal steps of the square root") {
    CHECK(heat_shade(1, 1) == 9);
    CHECK(heat_shade(4.0 / 81, 1) == 2);
    CHECK(heat_shade(0.25, 1) == 5);                           // 4.5, rounded
    CHECK(heat_shade(0.003, 1) == 0);                          // below half a shade
    CHECK(heat_shade(7, 1) == 9);
    CHECK(heat_shade(-1, 1) == 0);
    CHECK(heat_shade(std::nan(""), 1) == 0);
    CHECK(heat_shade(1, 0) == 0);
    for (int shade = 0; shade <= heat_shades; ++shade) CHECK(heat_shade(heat_value(shade, 0.3), 0.3) == shade);
}

TEST_CASE("heat_cells: neighbours of one shade are one stroke") {
    const float values[] = {1, 1, 0, 0.25f, 1, 1};             // (2,3)
    CHECK(heat_cells(values, 2, 3, 1) == "<path class='heat' stroke-opacity='0.56' d='M0 1.5h1'/>\n"
                                         "<path class='heat' stroke-opacity='1' d='M0 0.5h2M1 1.5h2'/>\n");
}

TEST_CASE("heat_map: names, legend, well-formed") {
    heat_map map{.title = "Bigrams", .row_title = "first", .column_title = "second", .rows = 2, .columns = 2,
                 .values = {0.5, 0, 0.125, 0.25}, .row_names = {" a", "<"}, .column_names = {"\n", "\xff"}};
    const auto text = map.draw(300).element();
    CHECK(test::xml_fault(text) == "");
    for (const char* words : {">·a<", ">&lt;<", ">⏎<", ">�<", ">first ↓  second →<", ">0.5<"})
        CHECK_MESSAGE(test::has(text, words), words);

    map.values.pop_back();
    CHECK_THROWS_WITH_AS(map.draw(300), "heat map, 'Bigrams': found 3 values, names for 2 rows and 2 columns, "
                                        "wanted 2 x 2", error);
    CHECK(test::xml_fault(heat_map{.title = "", .row_title = "", .column_title = ""}.draw(300).element()) == "");
}
