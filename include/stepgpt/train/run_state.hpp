// Where a run stands, and what it was told: the small part of a checkpoint, as JSON.
//
// With the weights and the optimizer's moments this is all that the next step depends on: batches and dropout are functions
// of the seed and of these numbers. Not here: files (run_folder.hpp).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/train/options.hpp>

namespace stepgpt {

struct run_state {
    std::uint64_t step = 0;            // updates taken
    loader::place batches;             // what comes next
    double best_loss = std::numeric_limits<double>::infinity();   // of validation
    std::uint64_t best_step = 0;
    std::uint64_t skipped = 0;         // updates that were not finite
    std::uint64_t optimizer_steps = 0;
};

inline json to_json(const run_state& s) {
    json j = {{"step", s.step}, {"epoch", s.batches.epoch}, {"batch", s.batches.index}, {"skipped", s.skipped},
              {"optimizer_steps", s.optimizer_steps}};
    if (std::isfinite(s.best_loss)) j.update({{"best_loss", s.best_loss}, {"best_step", s.best_step}});
    return j;
}

namespace detail {
template <class T>
T json_at(const json& j, const char* key, const std::string& where) {
    try {
        return j.at(key).get<T>();
    } catch (const json::exception&) {
        throw error({.where = where, .subject = key, .found = j.contains(key) ? j.at(key).dump() : "nothing",
                     .wanted = std::is_floating_point_v<T> ? "a number" : "a whole number",
                     .hint = "this is no checkpoint of stepgpt, or it was changed by hand"});
    }
}
}  // namespace detail

inline run_state run_state_from(const json& j, const std::string& where) {
    run_state s;
    s.step = detail::json_at<std::uint64_t>(j, "step", where);
    s.batches = {detail::json_at<std::uint64_t>(j, "epoch", where), detail::json_at<std::uint64_t>(j, "batch", where)};
    s.skipped = detail::json_at<std::uint64_t>(j, "skipped", where);
    s.optimizer_steps = detail::json_at<std::uint64_t>(j, "optimizer_steps", where);
    if (j.contains("best_loss")) {
        s.best_loss = detail::json_at<double>(j, "best_loss", where);
        s.best_step = detail::json_at<std::uint64_t>(j, "best_step", where);
    }
    return s;
}

// The settings that decide the bits of a run. A resumed run must have the same ones.
inline json to_json(const train_options& o) {
    static constexpr const char* shapes[] = {"constant", "linear", "cosine"};
    return {{"batch-size", o.batch_size}, {"steps", o.steps}, {"accumulate", o.accumulate}, {"optimizer", o.optimizer},
            {"lr", o.lr}, {"min-lr", o.min_lr}, {"warmup", o.warmup}, {"lr-decay", shapes[static_cast<int>(o.lr_decay)]},
            {"weight-decay", o.weight_decay}, {"beta1", o.beta1}, {"beta2", o.beta2}, {"clip", o.clip}, {"seed", o.seed}};
}

// Throws at the first setting that is not what it was.
inline void expect_same_settings(const json& before, const json& now, const std::string& where) {
    for (const auto& [name, value] : now.items()) {
        const json was = before.contains(name) ? before.at(name) : json();
        if (was == value) continue;
        throw error({.where = where, .subject = name, .found = value.dump(), .wanted = was.dump() + ", as the run was begun with",
                     .hint = "resume with the settings of the run, or start another one with another --out"});
    }
}

}  // namespace stepgpt
