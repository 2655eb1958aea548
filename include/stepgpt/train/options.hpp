// Everything a training run can be told, with its defaults. `train --help` prints the same list.
//
// Not here: the sizes of the model (nn/config.hpp).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/optim/schedule.hpp>

namespace stepgpt {

struct train_options {
    std::size_t batch_size = 12;            // B: windows a batch
    std::size_t window = 0;                 // T: tokens a window; 0: as many as the model can see
    std::size_t steps = 2000;               // updates of the weights
    std::size_t accumulate = 1;             // batches an update: gradients are averaged over them
    std::string optimizer = "adamw";        // or sgd
    double lr = 1e-3;                       // highest learning rate
    double min_lr = 1e-4;                   // last learning rate
    std::size_t warmup = 100;               // steps of linear warm-up
    decay lr_decay = decay::cosine;         // cosine, linear or constant
    double weight_decay = 0.1;              // of matrices
    double beta1 = 0.9;                     // AdamW's; SGD's momentum
    double beta2 = 0.99;
    double clip = 1;                        // largest norm of the gradient; 0: no limit
    token document_end = -1;                // rows are documents that end in this id; negative: windows cut anywhere
    std::string learns = "all weights";     // or which of them: part of what the run is known by
    std::uint64_t seed = 1337;              // of weights, batches and dropout
    std::size_t eval_every = 250;           // steps between evaluations of the whole validation split
    std::size_t save_every = 0;             // steps between checkpoints; 0: with every evaluation

    stepgpt::schedule schedule() const {
        return {.lr = lr, .min_lr = min_lr, .warmup = warmup, .steps = steps, .shape = lr_decay};
    }
    std::size_t row_length(const gpt_config& c) const { return window > 0 ? window : c.block_size; }      // T
    std::size_t checkpoint_every() const { return save_every > 0 ? save_every : eval_every; }
};

// Throws unless a run can be made with these.
inline void check(const train_options& o) {
    const auto require = [](bool good, const char* name, auto found, const char* wanted) {
        if (!good) throw error({.where = "training options", .subject = name, .found = std::to_string(found), .wanted = wanted});
    };
    const auto count = [&](const char* name, std::size_t value) {
        require(value >= 1 && value <= 1'000'000'000, name, static_cast<std::int64_t>(value), "1 to 1000000000");
    };
    count("batch-size", o.batch_size);
    require(o.window <= 1'000'000, "window", static_cast<std::int64_t>(o.window), "0 (the model's) to the model's block-size");
    count("steps", o.steps);
    count("accumulate", o.accumulate);
    count("eval-every", o.eval_every);
    require(o.save_every <= 1'000'000'000, "save-every", static_cast<std::int64_t>(o.save_every), "0 to 1000000000");
    require(o.warmup <= o.steps, "warmup", static_cast<std::int64_t>(o.warmup), "at most the number of steps");
    require(std::isfinite(o.lr) && o.lr > 0, "lr", o.lr, "a number above 0");
    require(o.min_lr >= 0 && o.min_lr <= o.lr, "min-lr", o.min_lr, "0 to lr");
    require(o.weight_decay >= 0 && o.weight_decay < 1 / o.lr, "weight-decay", o.weight_decay, "0 to 1/lr");
    require(o.beta1 >= 0 && o.beta1 < 1, "beta1", o.beta1, "0 <= beta1 < 1");
    require(o.beta2 >= 0 && o.beta2 < 1, "beta2", o.beta2, "0 <= beta2 < 1");
    require(std::isfinite(o.clip) && o.clip >= 0, "clip", o.clip, "0 (no limit) or more");
    if (o.optimizer != "adamw" && o.optimizer != "sgd")
        throw error({.where = "training options", .subject = "optimizer", .found = "'" + o.optimizer + "'",
                     .wanted = "adamw or sgd"});
}

}  // namespace stepgpt
