// A few real steps of a real model on this machine: how long one takes. Nothing of them remains.
//
// Not here: how long it should take (cost.hpp), and how many there should be (plan.hpp).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/train/evaluate.hpp>
#include <stepgpt/train/learner.hpp>

namespace stepgpt {

struct probe_result {
    double step = 0;        // seconds of an update
    double forward = 0;     // seconds of a forward pass on one batch, as in an evaluation
};

// Steps for at least `seconds`, and at least 5 of them; the median counts, so that one disturbance does not.
template <class Model>
probe_result probe(const gpt_config& sizes, const train_options& options, const token_shards& ids,
                   double seconds = 0.5) {
    using clock = std::chrono::steady_clock;
    const auto since = [](clock::time_point start) {
        return std::chrono::duration<double>(clock::now() - start).count();
    };
    const auto median = [](std::vector<double>& times) {
        std::sort(times.begin(), times.end());
        return times[times.size() / 2];
    };
    Model model(sizes, options.seed);
    learner<Model> student(model, options);
    loader batches(ids, options.batch_size, sizes.block_size, options.seed);
    std::size_t step = 0;
    while (step < 2) student.take(step++, batches);         // the first takes memory, the second warms it

    std::vector<double> steps, forwards;
    for (const auto start = clock::now(); steps.size() < 5 || since(start) < seconds;) {
        const auto before = clock::now();
        student.take(step++, batches);
        steps.push_back(since(before));
    }
    token_ids<> inputs, targets;                            // (B,T)
    for (int i = 0; i < 3; ++i) {
        batches.next(inputs, targets);
        const auto before = clock::now();
        model.loss(inputs, targets, student.cache());
        forwards.push_back(since(before));
    }
    return {median(steps), median(forwards)};
}

}  // namespace stepgpt
