#include <stepgpt/report/attention_grid.hpp>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("attention_grid: layers down, heads across, one map each") {
    run_report run;
    run.attention_tokens = {"<The", " king"};
    for (const std::size_t layer : {0, 1})
        for (const std::size_t head : {0, 1, 2})
            if (layer + head < 3) run.attention.push_back({layer, head, {1, 0, 0.25f, 0.75f}});
    const auto grid = tag("div", "", page::attention_grid(run));
    CHECK(test::xml_fault(grid) == "");
    CHECK(test::count(grid, "class='map'") == 5);
    CHECK(test::count(grid, "<span></span>") == 1);            // layer 1 has no head 2
    CHECK(test::has(grid, "--tokens:2;--heads:3"));
    CHECK(test::has(grid, "id='attention-1-1' data-name='layer 1, head 1'"));
    CHECK(test::has(grid, ">&lt;The<"));
    CHECK(test::has(grid, ">·king<"));
    CHECK(test::count(grid, "M0 1.5h1") == 5);                 // the quarter that "king" looks at "The"
}

TEST_CASE("attention_grid: many heads show fewer tokens") {
    run_report run;
    run.attention_tokens.assign(64, "a");
    for (std::size_t i = 0; i < 144; ++i) {
        run.attention.push_back({i / 12, i % 12, std::vector<float>(64 * 64)});
        for (std::size_t n = 0; n < 64 * 64; ++n) run.attention.back().weights[n] = static_cast<float>(n % 7) / 7;
    }
    CHECK(page::tokens_to_show(run) == 22);                    // sqrt(72,000 / 144)
    CHECK(page::attention_grid(run).size() < 900'000);         // the worst: no two neighbours alike, and no mask
}

TEST_CASE("attention_grid: weights that do not fit the tokens") {
    run_report run;
    run.attention = {{3, 1, {1, 0, 0.5f, 0.5f}}};
    CHECK_THROWS_WITH_AS(page::attention_grid(run), "report, attention, 'layer 3, head 1': found 4 weights, wanted "
                                                    "T x T for the 0 attention_tokens", error);
    run.attention_tokens = {"a", "b", "c"};
    CHECK_THROWS_AS(page::attention_grid(run), error);
}
