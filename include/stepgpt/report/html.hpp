// A run as one page: report.html. It needs nothing but a browser: drawings and style are inside, there is no script and
// nothing is fetched. It stays below a megabyte however long the run was.
//
//     run_report run{.title = "Tales", .rows = read_run_log("runs/a/log.csv")};
//     write_report("runs/a/report.html", run);
//
// What was run, what came of it, the loss with what it has to beat, rate and gradient norm, updates, attention, a text
// as the model reads it, samples, time. What the run_report leaves empty is not on the page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <stepgpt/core/file.hpp>
#include <stepgpt/report/attention_grid.hpp>
#include <stepgpt/report/bar_chart.hpp>
#include <stepgpt/report/range_chart.hpp>
#include <stepgpt/report/run_report.hpp>
#include <stepgpt/report/scored_text.hpp>
#include <stepgpt/report/training_page.hpp>

namespace stepgpt {

namespace page {

template <class Item>
std::vector<Item> some_first(const std::vector<Item>& items, std::size_t most) {
    return {items.begin(), items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), most))};
}

inline std::string updates_part(const run_report& run) {
    if (run.updates.empty()) return {};
    range_chart chart{.title = "Size of the updates of each tensor", .x_name = "|update| / |weights|"};
    for (const auto& u : run.updates) chart.rows.push_back({.name = u.name, .values = some_of(u.ratios, 200)});
    chart.keep_farthest(160);
    std::string words = "How much a step moves each tensor, relative to its size: a dot for the last measurement, a "
                        "line from the smallest to the largest. Near 0.001 is healthy; left of the band a tensor "
                        "hardly learns, right of it it jumps.";
    if (chart.rows.size() < run.updates.size())
        words += " These are the " + std::to_string(chart.rows.size()) + " of " + std::to_string(run.updates.size()) +
                 " tensors farthest from there.";
    return section("updates", "Size of the updates",
                   note(words) + figure([&](double width) { return chart.draw(width); }));
}

inline std::string attention_part(const run_report& run) {
    if (run.attention.empty()) return {};
    svg legend(352, 28, "The shades of attention");
    heat_legend(legend, 1, 1, 350, 1);
    std::string words = "Where each token (a row) looks (columns): only at itself and back, and every row sums to 1. "
                        "Choose a map to see it large, with its tokens.";
    const auto all = run.attention_tokens.size(), shown = tokens_to_show(run);
    if (shown < all) words += " These are the first " + std::to_string(shown) + " of its " + std::to_string(all) + ".";
    return section("attention", "Attention",
                   note(words) + attention_grid(run) + tag("figure", "class='legend'", legend.element()) + "\n");
}

inline std::string reading_part(const run_report& run) {
    if (run.scored.empty()) return {};
    const auto shown = some_first(run.scored, 500);
    std::string words = "The stronger its colour, the less the model expected a token: -ln p in nats. Point at one, or "
                        "tap it, to see what it expected.";
    if (shown.size() < run.scored.size()) words += " These are the first " + std::to_string(shown.size()) + " tokens.";
    return section("reading", "A text as the model reads it", note(words) + scored_text(shown));
}

inline std::string durations_part(const run_report& run) {
    if (run.durations.empty()) return {};
    bar_chart chart{.title = "Milliseconds of a step", .unit = "ms"};
    for (const auto& d : some_of(run.durations, 40))
        chart.bars.push_back({.name = shortened(d.name, 24), .value = d.ms});
    return section("time", "Where the milliseconds go",
                   note("The parts of one step.") + figure([&](double width) { return chart.draw(width); }));
}

}  // namespace page

inline std::string report_page(const run_report& run) {
    return page::whole(run, page::updates_part(run) + page::attention_part(run) + page::reading_part(run),
                       page::durations_part(run));
}

// The whole page, or the one that was there before.
inline void write_report(const std::filesystem::path& path, const run_report& run) {
    write_file(path, report_page(run));
}

}  // namespace stepgpt
