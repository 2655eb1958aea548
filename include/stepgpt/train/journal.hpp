// What a run tells of itself: on the terminal while it goes on, and in its folder as log.csv and report.html.
//
// The trainer reports each thing once; who sees it is decided here. Not here: how a line (progress.hpp) or a page
// (report/training_page.hpp) looks, and what is worth a remark (doctor.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <stepgpt/core/file.hpp>
#include <stepgpt/report/csv.hpp>
#include <stepgpt/report/training_page.hpp>
#include <stepgpt/train/doctor.hpp>
#include <stepgpt/train/progress.hpp>

namespace stepgpt {

class journal {
public:
    bool quiet = false;      // nothing on the terminal

    // Begins log.csv in this folder, or goes on after the rows of `step` updates.
    void keep_in(const std::filesystem::path& folder, std::size_t step) {
        folder_ = folder;
        if (step == 0) log_.emplace(folder / "log.csv");
        else log_.emplace(folder / "log.csv", step);
        written_ = step;
        page_.title = folder.filename().string();
    }

    // So many steps will be told of; about a thousand of them become rows.
    void expect(std::size_t steps) {
        every_ = std::max<std::size_t>(1, steps / 1000);
        progress_.expect(steps);
    }

    void fact(const char* name, const std::string& value) {
        char padded[16];
        std::snprintf(padded, sizeof padded, "%-9s ", name);
        say(padded + value);
        page_.facts.push_back({name, value});
    }

    void remark(const advice& doubt) {
        if (!doubt) return;
        say("doctor    " + *doubt);
        page_.remarks.push_back(*doubt);
    }

    void baseline(const std::string& name, double loss) {
        if (name == "floor") page_.floor = loss;
        else page_.baselines.push_back({name, loss});
    }

    void say(const std::string& text) {
        if (!quiet) progress_.say(text);
    }

    void step(const step_report& report, std::size_t tokens) {
        if (!quiet) progress_.step(report);
        if (report.step % every_ == 0) write(row_of(report, tokens));
    }

    // A step after which the validation loss was measured.
    void evaluation(const step_report& report, std::size_t tokens) {
        if (!quiet) progress_.keep(report);
        run_row row = row_of(report, tokens);
        row.val = report.validation;
        write(row);
    }

    void sample(std::size_t step, std::string text) { page_.samples.push_back({step, std::move(text)}); }

    // Writes the page.
    void close() {
        if (!log_) return;
        page_.rows = read_run_log(folder_ / "log.csv");
        write_file(folder_ / "report.html", training_page(page_));
        say("report    " + (folder_ / "report.html").string());
    }

private:
    static run_row row_of(const step_report& r, std::size_t tokens) {
        return {.step = r.step, .tokens = tokens, .train = r.loss, .lr = r.lr, .grad_norm = r.gradient_norm,
                .tokens_per_second = r.tokens_per_second};
    }

    // A resumed run evaluates its first step again: that row is there.
    void write(const run_row& row) {
        if (!log_ || row.step <= written_) return;
        log_->write(row);
        written_ = row.step;
    }

    progress progress_;
    std::filesystem::path folder_;
    std::optional<run_log> log_;
    run_report page_;
    std::size_t every_ = 1;
    std::size_t written_ = 0;      // step of the last row
};

}  // namespace stepgpt
