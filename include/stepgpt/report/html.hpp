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
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/file.hpp>
#include <stepgpt/report/attention_grid.hpp>
#include <stepgpt/report/bar_chart.hpp>
#include <stepgpt/report/line_chart.hpp>
#include <stepgpt/report/page_style.hpp>
#include <stepgpt/report/range_chart.hpp>
#include <stepgpt/report/run_report.hpp>
#include <stepgpt/report/scored_text.hpp>
#include <stepgpt/report/verdict.hpp>

namespace stepgpt {

namespace page {

inline std::string note(const std::string& words) { return tag("p", "class='note'", words) + "\n"; }

inline std::string section(const std::string& id, const std::string& heading, const std::string& content) {
    return tag("section", "id='" + id + "'", "\n" + tag("h2", "", heading) + "\n" + content) + "\n";
}

// The same chart twice, for a wide and for a narrow window, because shrunken letters cannot be read.
template <class Draw>
std::string figure(Draw&& draw) {
    return tag("figure", "", tag("div", "class='wide'", draw(720).element()) +
                             tag("div", "class='narrow'", draw(360).element())) + "\n";
}

// At most `most` of the items, evenly, the first and the last among them.
template <class Item>
std::vector<Item> some_of(const std::vector<Item>& items, std::size_t most) {
    if (items.size() <= most) return items;
    std::vector<Item> chosen;
    for (std::size_t i = 0; i < most; ++i) chosen.push_back(items[i * (items.size() - 1) / (most - 1)]);
    return chosen;
}

template <class Item>
std::vector<Item> some_first(const std::vector<Item>& items, std::size_t most) {
    return {items.begin(), items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), most))};
}

inline std::string facts_part(const run_report& run) {
    std::string facts;
    for (const auto& fact : some_of(run.facts, 40))
        facts += tag("div", "", tag("dt", "", escaped(shortened(fact.name, 80))) +
                                tag("dd", "", escaped(shortened(fact.value, 200)))) + "\n";
    return facts.empty() ? "" : tag("dl", "class='facts'", facts) + "\n";
}

inline std::string verdict_part(const run_report& run) {
    const auto v = judge(run);
    std::string figures, text;
    for (const auto& figure : v.figures)
        figures += tag("div", "", tag("b", "", escaped(figure.value)) + tag("span", "", escaped(figure.meaning)));
    for (const auto& sentence : v.sentences) text += tag("p", "", escaped(sentence)) + "\n";
    for (const auto& remark : some_of(run.remarks, 20))
        text += tag("p", "class='remark'", "The doctor: " + escaped(shortened(remark, 400))) + "\n";
    if (figures.empty() && text.empty()) return {};
    return section("verdict", "What came of it", tag("div", "class='figures'", figures) + "\n" + text);
}

// The values of one column of the log, where there are some.
inline line_chart::series column(const run_report& run, std::string name, std::optional<double> run_row::*member) {
    line_chart::series line{.name = std::move(name), .x = {}, .y = {}};
    for (const auto& row : run.rows) {
        if (!(row.*member)) continue;
        line.x.push_back(static_cast<double>(row.step));
        line.y.push_back(*(row.*member));
    }
    return line;
}

// Charts over steps share the ends of the axis and the room at the right: one can look down from one to the next.
inline std::string chart_over_steps(line_chart chart, const run_report& run, double height) {
    std::erase_if(chart.lines, [](const auto& line) { return line.x.empty(); });
    if (chart.lines.empty()) return {};
    chart.x_name = "step";
    chart.x_low = static_cast<double>(run.rows.front().step);
    chart.x_high = static_cast<double>(run.rows.back().step);
    chart.right = run.baselines.empty() && !run.floor ? 16 : 96;
    for (auto& pin : chart.pins) pin.x = std::clamp(pin.x, chart.x_low, chart.x_high);
    return figure([&](double width) { return chart.draw(width, height); });
}

inline std::string loss_part(const run_report& run, const std::vector<run_report::sample>& samples) {
    line_chart chart{.title = "Loss over the steps", .x_name = "", .y_name = "loss (nats a token)"};
    chart.lines = {column(run, "train", &run_row::train), column(run, "validation", &run_row::val)};
    chart.lines[1].dots = true;
    for (const auto& b : run.baselines) chart.marks.push_back({.name = shortened(b.name, 10), .value = b.loss});
    if (run.floor) chart.marks.push_back({.name = "floor", .value = *run.floor, .strong = true});
    for (const auto& s : samples)
        chart.pins.push_back({.x = static_cast<double>(s.step),
                              .tip = "step " + std::to_string(s.step) + ": " + shortened(s.text, 300),
                              .link = "#sample-" + std::to_string(chart.pins.size() + 1)});
    const auto drawn = chart_over_steps(chart, run, 380);
    if (drawn.empty()) return {};
    std::string words = "How surprised the model is by the next token.";
    if (!run.baselines.empty()) words += " A dashed line is what a table reaches that only counts tokens.";
    if (run.floor) words += " No model gets below the floor.";
    if (!samples.empty()) words += " A numbered circle leads to what the model wrote at that step.";
    return section("loss", "Loss", note(words) + drawn);
}

inline std::string rate_part(const run_report& run) {
    const line_chart rate{.title = "Learning rate over the steps", .x_name = "", .y_name = "learning rate",
                          .lines = {column(run, "", &run_row::lr)}};
    const line_chart norm{.title = "Norm of the gradient over the steps", .x_name = "",
                          .y_name = "gradient norm before clipping", .lines = {column(run, "", &run_row::grad_norm)},
                          .log_y = true};
    const auto drawn = chart_over_steps(rate, run, 190) + chart_over_steps(norm, run, 230);
    if (drawn.empty()) return {};
    return section("rate", "Learning rate and gradient",
                   note("A norm that climbs while the loss does not fall says that the rate is too high.") + drawn);
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

inline std::string samples_part(const std::vector<run_report::sample>& samples) {
    std::string text;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto number = std::to_string(i + 1), step = std::to_string(samples[i].step);
        text += tag("p", "class='where'", tag("span", "class='number'", number) + "after step " + step) + "\n" +
                tag("pre", "id='sample-" + number + "'", escaped(shortened(samples[i].text, 2000))) + "\n";
    }
    return text.empty() ? "" : section("samples", "What it wrote", note("Drawn from the model as it was then.") + text);
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
    const auto samples = page::some_of(run.samples, 12);
    const auto title = escaped(shortened(run.title, 200));
    std::string page = "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'/>\n"
                       "<meta name='viewport' content='width=device-width, initial-scale=1'/>\n";
    page += tag("title", "", title) + "\n<style>\n";
    page += chart_colours(":root");
    page += chart_style;
    page += page_style;
    page += "</style>\n</head>\n<body>\n" + tag("h1", "", title) + "\n";
    page += page::facts_part(run);
    page += page::verdict_part(run);
    page += page::loss_part(run, samples);
    page += page::rate_part(run);
    page += page::updates_part(run);
    page += page::attention_part(run);
    page += page::reading_part(run);
    page += page::samples_part(samples);
    page += page::durations_part(run);
    return page + "<footer>Written by stepgpt.</footer>\n</body>\n</html>\n";
}

// The whole page, or the one that was there before.
inline void write_report(const std::filesystem::path& path, const run_report& run) {
    write_file(path, report_page(run));
}

}  // namespace stepgpt
