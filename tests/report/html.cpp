#include <stepgpt/report/html.hpp>

#include <cmath>

#include "../support.hpp"
#include "well_formed.hpp"

using namespace stepgpt;

namespace {

const std::string hostile = "<script>alert('x')</script> & \"q\" \x01\x1b[2J\xff\xc0\xaf </pre>";

run_report full_run(std::size_t rows) {
    run_report run{.title = "Tales"};
    run.facts = {{"seed", "1337"}, {"data", "tales"}};
    run.remarks = {"the validation split has only 61 tokens"};
    for (std::size_t i = 0; i < rows; ++i) {
        const auto t = static_cast<double>(i);
        const double noise = std::sin(1e4 * t);
        run_row row{.step = i, .tokens = 768 * i, .train = 2 + 2 * std::exp(-t / 300) + 0.1 * noise, .lr = 1e-3,
                    .grad_norm = 1 + 0.9 * noise, .tokens_per_second = 14'000};
        if (i % 100 == 0) row.val = 2.1 + 2 * std::exp(-t / 300);
        run.rows.push_back(row);
    }
    run.baselines = {{"uniform", 4.17}, {"unigram", 3.35}, {"bigram", 2.49}, {"trigram", 2.05}};
    run.floor = 1.5;
    run.samples = {{0, "xq zzt"}, {100, "the the"}, {rows, "The king had a ring."}};
    run.updates = {{"wte.weight", {1e-3, 2e-3}}, {"h.0.mlp.c_fc.weight", {5e-4}}};
    run.attention_tokens = {"The", " king", " had"};
    run.attention = {{0, 0, {1, 0, 0, 0.5f, 0.5f, 0, 0.2f, 0.2f, 0.6f}}};
    run.scored = {{"The", 1, {}}, {" king", 0.1, {{" fox", 0.5}}}};
    run.durations = {{"forward", 15}, {"backward", 30}};
    return run;
}

// Nothing that a browser would fetch or run.
void check_closed(const std::string& page) {
    CHECK(test::count(page, "http") == test::count(page, "xmlns='http://www.w3.org/2000/svg'"));
    for (const char* part : {"<script", "<link", "<img", "<iframe", " src=", "url(", "@import", "javascript:"})
        CHECK_MESSAGE(!test::has(page, part), part);
}

}  // namespace

TEST_CASE("report_page: every section, in the order of the story") {
    const auto page = report_page(full_run(500));
    CHECK(test::xml_fault(page) == "");
    check_closed(page);
    std::size_t at = 0;
    for (const char* part : {"<h1>Tales</h1>", "class='facts'", "id='verdict'", "The doctor: ", "id='loss'",
                             "id='rate'", "id='updates'", "id='attention'", "id='reading'", "id='samples'", "id='time'",
                             "<footer>"}) {
        const auto found = page.find(part);
        CHECK_MESSAGE(found != page.npos, part);
        CHECK_MESSAGE(found > at, part);
        at = found;
    }
    for (auto svg = page.find("<svg"); svg != page.npos; svg = page.find("<svg", svg + 1))
        CHECK(page.substr(page.find('>', svg), 8) == "><title>");
    for (const char* words : {">bigram 2.490<", ">floor 1.500<", "href='#sample-3'", "id='sample-3'"})
        CHECK_MESSAGE(test::has(page, words), words);
}

TEST_CASE("report_page: an empty run is a page without sections") {
    const auto page = report_page({});
    CHECK(test::xml_fault(page) == "");
    CHECK(!test::has(page, "<section"));
    CHECK(!test::has(page, "<svg"));
    CHECK(test::has(page, "<h1>A training run</h1>"));
}

TEST_CASE("report_page: each section comes with its data and goes with it") {
    const auto sections = [](auto&& change) {
        auto run = full_run(20);
        change(run);
        return test::count(report_page(run), "<section");
    };
    CHECK(sections([](run_report&) {}) == 8);
    CHECK(sections([](run_report& run) { run.rows.clear(); }) == 6);                 // no loss, no rate; remarks remain
    CHECK(sections([](run_report& run) { run.rows.clear(), run.remarks.clear(); }) == 5);
    CHECK(sections([](run_report& run) { run.updates.clear(); }) == 7);
    CHECK(sections([](run_report& run) { run.attention.clear(); }) == 7);
    CHECK(sections([](run_report& run) { run.scored.clear(); }) == 7);
    CHECK(sections([](run_report& run) { run.samples.clear(); }) == 7);
    CHECK(sections([](run_report& run) { run.durations.clear(); }) == 7);
    CHECK(sections([](run_report& run) {
        for (auto& row : run.rows) row.lr.reset(), row.grad_norm.reset();
    }) == 7);
}

TEST_CASE("report_page: text from anywhere stays text") {
    auto run = full_run(20);
    run.title = run.facts[0].name = run.facts[0].value = run.remarks[0] = run.baselines[1].name = hostile;
    run.samples[0].text = run.updates[0].name = run.attention_tokens[0] = run.durations[0].name = hostile;
    run.scored[0].token = run.scored[1].best[0].token = hostile;
    const auto page = report_page(run);
    CHECK(test::xml_fault(page) == "");
    check_closed(page);
}

TEST_CASE("report_page: ten thousand rows and all else in plenty stay below a megabyte") {
    auto run = full_run(10'000);
    CHECK(report_page(run).size() < 200'000);

    const std::string long_text(100'000, '"');
    run.samples.assign(1000, {5, long_text});
    run.facts.assign(1000, {long_text, long_text});
    run.remarks.assign(1000, long_text);
    run.updates.assign(1000, {"h.0.attn.c_attn.weight", std::vector<double>(1000, 1e-3)});
    run.scored.assign(10'000, {" token", 0.01, std::vector<run_report::guess>(9, {" other", 0.1})});
    run.durations.assign(1000, {"a part", 1});
    run.attention_tokens.assign(64, " token");
    run.attention.clear();
    for (std::size_t i = 0; i < 36; ++i) {
        run.attention.push_back({i / 6, i % 6, std::vector<float>(64 * 64)});
        for (std::size_t t = 0; t < 64; ++t)                    // causal, no two neighbours alike
            for (std::size_t s = 0; s <= t; ++s)
                run.attention.back().weights[t * 64 + s] = static_cast<float>((s + t) % 5) / 5;
    }
    const auto page = report_page(run);
    CHECK(page.size() < 1'000'000);
    CHECK(test::xml_fault(page) == "");
    CHECK(test::has(page, "These are the first 44 of its 64."));
    CHECK(test::has(page, "These are the 160 of 1000 tensors farthest from there."));
}

TEST_CASE("report_page: numbers that are none leave no trace in the drawings") {
    auto run = full_run(50);
    for (std::size_t i = 20; i < 30; ++i) run.rows[i].train = run.rows[i].grad_norm = std::nan("");
    run.rows[40].val = HUGE_VAL;
    run.rows[45].lr = -HUGE_VAL;
    run.baselines[2].loss = std::nan("");
    run.floor = HUGE_VAL;
    run.durations[0].ms = std::nan("");
    run.updates[0].ratios = {HUGE_VAL};
    run.samples[1].step = 1'000'000'000;
    const auto page = report_page(run);
    CHECK(test::xml_fault(page) == "");
    for (const char* part : {"='nan", "='inf", "='-nan", "='-inf", "Mnan", " nan ", "Minf"})
        CHECK_MESSAGE(!test::has(page, part), part);
}

TEST_CASE("write_report: the file is the page") {
    test::temporary_folder folder;
    const auto run = full_run(30);
    test::write(folder / "report.html", "an older one");
    write_report(folder / "report.html", run);
    CHECK(test::read(folder / "report.html") == report_page(run));
    CHECK_THROWS_AS(write_report(folder / "none" / "report.html", run), error);
}
