// What train and finetune are both told: how to learn, and how to run.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/options.hpp>

#include "model_choice.hpp"

struct learning {
    stepgpt::train_options options;
    std::string device = "simd", precision = "float", lr_decay = "cosine", rows = "windows";
    int threads = 0;
    const CLI::Option* warmup = nullptr;

    // What the names among the flags stand for; throws if something is wrong.
    void settle() {
        options.lr_decay = stepgpt::decay_named(lr_decay);
        if (warmup->count() == 0) options.warmup = std::min(options.warmup, options.steps / 10);
        check(options);
        if (threads != 0) stepgpt::set_thread_count(threads);
    }
};

inline void add_learning_flags(CLI::App& app, learning& s) {
    const auto size = [&](const std::string& flag, std::size_t& value, const std::string& what) {
        app.add_option(flag, value, what)->capture_default_str();
    };
    const auto number = [&](const std::string& flag, double& value, const std::string& what) {
        app.add_option(flag, value, what)->capture_default_str();
    };
    app.option_defaults()->group("Learning");
    app.add_option("--rows", s.rows, "windows: cut anywhere; documents: one a row, ended by a blank line")->capture_default_str();
    size("--batch-size", s.options.batch_size, "rows a batch");
    size("--window", s.options.window, "tokens a row, at most the block size; 0: the block size");
    size("--steps", s.options.steps, "updates of the weights");
    size("--accumulate", s.options.accumulate, "batches an update");
    app.add_option("--optimizer", s.options.optimizer, "adamw or sgd")->capture_default_str();
    number("--lr", s.options.lr, "highest learning rate");
    number("--min-lr", s.options.min_lr, "last learning rate");
    size("--warmup", s.options.warmup, "steps of linear warm-up; if not said, at most a tenth of the steps");
    s.warmup = app.get_option("--warmup");
    app.add_option("--lr-decay", s.lr_decay, "cosine, linear or constant, after the warm-up")->capture_default_str();
    number("--weight-decay", s.options.weight_decay, "of matrices and embeddings");
    number("--beta1", s.options.beta1, "AdamW: memory of the gradient; SGD: momentum");
    number("--beta2", s.options.beta2, "AdamW: memory of its square");
    number("--clip", s.options.clip, "largest norm of the gradient; 0: no limit");
    app.add_option("--seed", s.options.seed, "of weights, batches and dropout")->capture_default_str();

    app.option_defaults()->group("Run");
    size("--eval-every", s.options.eval_every, "steps between evaluations of the whole validation split");
    size("--save-every", s.options.save_every, "steps between checkpoints; 0: with every evaluation");
    app.add_option("--device", s.device, device_help)->capture_default_str();
    app.add_option("--precision", s.precision, precision_help)->capture_default_str();
    app.add_option("--threads", s.threads, "0: all cores")->capture_default_str();
}
