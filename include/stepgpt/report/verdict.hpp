// What the numbers of a run say, in sentences: did it start right, how far did it come, what does it beat, how fast
// is it.
//
// Pure judgement of what was measured. What should be done about it is the doctor's business (train/doctor.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <stepgpt/report/markup.hpp>
#include <stepgpt/report/run_report.hpp>

namespace stepgpt {

struct verdict {
    struct figure {
        std::string value, meaning;
    };
    std::vector<figure> figures = {};              // the few to be printed large
    std::vector<std::string> sentences = {};
};

namespace detail {

// "a, b and c"
inline std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " and ") + words[i];
    return text;
}

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

inline std::optional<double> uniform_loss(const run_report& run) {
    for (const auto& b : run.baselines)
        if (b.name == "uniform") return b.loss;
    return {};
}

// A model that knows nothing has ln V, and GPT-2's initialisation comes within 0.1 of it.
inline void judge_start(const run_report& run, verdict& v) {
    const auto measured = [](const run_row& row) { return row.train || row.val; };
    const auto first = std::find_if(run.rows.begin(), run.rows.end(), measured);
    if (first == run.rows.end()) return;
    const double loss = first->val ? *first->val : *first->train;
    v.figures.push_back({fixed(loss, 3), "first loss (step " + std::to_string(first->step) + ")"});
    const auto uniform = uniform_loss(run);
    if (!uniform || first->step > 1 || !std::isfinite(loss)) return;
    const double off = loss - *uniform;
    v.sentences.push_back("The first loss is " + fixed(loss, 3) + ", and ln V is " + fixed(*uniform, 3) + ": " +
                          (std::abs(off) < 0.1 ? "it starts by guessing uniformly, as it should."
                           : off > 0           ? "it starts worse than guessing; some weights are too large."
                                               : "it starts with something learnt before."));
}

inline void judge_best(const run_row& best, const run_row& last, verdict& v) {
    const double loss = *best.val;
    const auto step = std::to_string(best.step), choices = readable(std::exp(loss));
    v.figures.push_back({fixed(loss, 3), "best validation loss (step " + step + ")"});
    v.figures.push_back({choices, "perplexity"});
    std::string text = "The best validation loss is " + fixed(loss, 4) + " at step " + step +
                       ": as unsure as a fair choice among " + choices + " tokens.";
    if (std::isfinite(*last.val) && *last.val > loss + 0.01)
        text += " Since then it has risen to " + fixed(*last.val, 4) + " (step " + std::to_string(last.step) + ").";
    v.sentences.push_back(text);
}

inline void judge_against_tables(const run_report& run, double loss, verdict& v) {
    std::vector<std::string> beaten, ahead;
    for (const auto& b : run.baselines) {
        const auto name = b.name == "uniform" ? "uniform guessing" : "the " + b.name + " table";
        (loss < b.loss ? beaten : ahead).push_back(name + " (" + fixed(b.loss, 3) + ")");
    }
    if (beaten.empty() && ahead.empty()) return;
    std::string text = beaten.empty() ? "It does not beat " + listed(ahead) + " yet" : "It beats " + listed(beaten);
    if (!beaten.empty() && !ahead.empty()) text += ", not yet " + listed(ahead);
    v.sentences.push_back(text + ".");
}

inline void judge_against_floor(double floor, std::optional<double> uniform, double loss, verdict& v) {
    if (loss < floor - 0.01) {
        v.sentences.push_back("That is " + fixed(floor - loss, 3) + " below the floor of " + fixed(floor, 3) +
                              ", which nothing can reach on text it has not seen: do the two splits share text?");
        return;
    }
    std::string text = "It is " + fixed(std::max(loss - floor, 0.0), 3) + " above the floor of " + fixed(floor, 3) +
                       ", the least any model can reach on this text";
    if (uniform && floor < *uniform && loss < *uniform) {
        const double learnt = std::min((*uniform - loss) / (*uniform - floor), 1.0);
        text += "; of what there is to learn it has learnt " + decimal(100 * learnt, 1) + " %";
    }
    v.sentences.push_back(text + ".");
}

}  // namespace detail

inline verdict judge(const run_report& run) {
    verdict v;
    const run_row *best = nullptr, *last = nullptr;
    std::vector<double> speeds;
    for (const auto& row : run.rows) {
        if (row.tokens_per_second && std::isfinite(*row.tokens_per_second)) speeds.push_back(*row.tokens_per_second);
        if (!row.val) continue;
        last = &row;
        if (std::isfinite(*row.val) && (!best || *row.val < *best->val)) best = &row;
    }
    if (best) {
        detail::judge_best(*best, *last, v);
        detail::judge_against_tables(run, *best->val, v);
        if (run.floor) detail::judge_against_floor(*run.floor, detail::uniform_loss(run), *best->val, v);
    }
    detail::judge_start(run, v);
    if (!speeds.empty()) {
        const double typical = detail::median(speeds);
        v.figures.push_back({readable(typical), "tokens a second"});
        const auto& end = run.rows.back();
        if (end.tokens > 0)
            v.sentences.push_back("It read " + readable(static_cast<double>(end.tokens)) + " tokens in " +
                                  std::to_string(end.step) + " steps, typically " + readable(typical) + " a second.");
    }
    const auto broken = std::find_if(run.rows.begin(), run.rows.end(), [](const run_row& r) {
        return (r.train && !std::isfinite(*r.train)) || (r.val && !std::isfinite(*r.val));
    });
    if (broken != run.rows.end())
        v.sentences.push_back("At step " + std::to_string(broken->step) + " the loss was not finite.");
    return v;
}

}  // namespace stepgpt
