// Where a run stands, and what it was told: the small part of a checkpoint, as JSON.
//
// With the weights and the optimizer's moments this is all that the next step depends on: batches and dropout are functions
// of the seed and of these numbers. Not here: files (run_folder.hpp).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
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
    json j = json_object({{"step", s.step}, {"epoch", s.batches.epoch}, {"batch", s.batches.index}, {"skipped", s.skipped},
                          {"optimizer_steps", s.optimizer_steps}});
    if (std::isfinite(s.best_loss)) {
        j["best_loss"] = s.best_loss;
        j["best_step"] = s.best_step;
    }
    return j;
}

inline run_state run_state_from(const json_fields& j) {
    run_state s;
    s.step = j.get<std::uint64_t>("step");
    s.batches = {j.get<std::uint64_t>("epoch"), j.get<std::uint64_t>("batch")};
    s.skipped = j.get<std::uint64_t>("skipped");
    s.optimizer_steps = j.get<std::uint64_t>("optimizer_steps");
    s.best_loss = j.get<double>("best_loss", s.best_loss);
    s.best_step = j.get<std::uint64_t>("best_step", s.best_step);
    return s;
}

// The settings that decide the bits of a run. A resumed run must have the same ones.
inline json to_json(const train_options& o) {
    static constexpr const char* shapes[] = {"constant", "linear", "cosine"};
    return json_object({{"batch-size", o.batch_size}, {"steps", o.steps}, {"accumulate", o.accumulate},
                        {"optimizer", o.optimizer}, {"lr", o.lr}, {"min-lr", o.min_lr}, {"warmup", o.warmup},
                        {"lr-decay", shapes[static_cast<int>(o.lr_decay)]}, {"weight-decay", o.weight_decay},
                        {"beta1", o.beta1}, {"beta2", o.beta2}, {"clip", o.clip}, {"seed", o.seed},
                        {"document-end", o.document_end}, {"learns", o.learns}, {"window", o.window}});
}

// Throws at the first setting that is not what it was.
inline void expect_same_settings(const json_fields& before, const json& now) {
    for (const auto& [name, value] : now.items())
        if (const json was = before.get<json>(name.c_str()); was != value)
            before.refuse(name, value.dump(), was.dump() + ", as the run was begun with",
                          "resume with the settings of the run, or begin another one with another --out");
}

}  // namespace stepgpt
