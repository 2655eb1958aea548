// The parts of a report that every training run has: what was run, what came of it, the loss with what it has to beat,
// rate and gradient norm, samples. And the page that they make.
//
//     write_file("runs/a/report.html", training_page(run));
//
// Not here: what looks inside the model (html.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/report/line_chart.hpp>
#include <stepgpt/report/page_style.hpp>
#include <stepgpt/report/run_report.hpp>
#include <stepgpt/report/verdict.hpp>

namespace stepgpt {

namespace page {

inline std::string note(std::string_view words) { return tag("p", "class='note'", words) + "\n"; }

inline std::string section(const std::string& id, std::string_view heading, const std::string& content) {
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

inline std::string samples_part(const std::vector<run_report::sample>& samples) {
    std::string text;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto number = std::to_string(i + 1), step = std::to_string(samples[i].step);
        text += tag("p", "class='where'", tag("span", "class='number'", number) + "after step " + step) + "\n" +
                tag("pre", "id='sample-" + number + "'", escaped(shortened(samples[i].text, 2000))) + "\n";
    }
    return text.empty() ? "" : section("samples", "What it wrote", note("Drawn from the model as it was then.") + text);
}

// The page: `inside` is what there is to see of the model itself, `last` what follows the samples.
inline std::string whole(const run_report& run, const std::string& inside, const std::string& last) {
    const auto samples = some_of(run.samples, 12);
    const auto title = escaped(shortened(run.title, 200));
    std::string page = "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'/>\n"
                       "<meta name='viewport' content='width=device-width, initial-scale=1'/>\n";
    page += tag("title", "", title) + "\n<style>\n";
    page += chart_colours(":root");
    page += chart_style;
    page += page_style;
    page += "</style>\n</head>\n<body>\n" + tag("h1", "", title) + "\n";
    page += facts_part(run);
    page += verdict_part(run);
    page += loss_part(run, samples);
    page += rate_part(run);
    page += inside;
    page += samples_part(samples);
    page += last;
    return page + "<footer>Written by stepgpt.</footer>\n</body>\n</html>\n";
}

}  // namespace page

// The page of a run that tells of its steps only; for all that a report can hold there is report_page (html.hpp), which
// takes longer to compile.
inline std::string training_page(const run_report& run) { return page::whole(run, "", ""); }

}  // namespace stepgpt
