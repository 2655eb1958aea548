// How well a model predicts a whole split: the mean of -log p over windows that do not overlap, so that nothing is drawn at
// random and two models are compared on the same tokens.
//
// The first tokens of a window have little before them; a model with a longer window has an advantage here, as in use.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/batch/window.hpp>

namespace stepgpt {

struct evaluation {
    double loss = 0;              // nats a token
    std::size_t tokens = 0;       // that were predicted

    double perplexity() const { return std::exp(loss); }

    // Loss that does not depend on how text was cut into tokens; `bytes` is the length of the predicted tokens' text.
    double bits_per_byte(std::size_t bytes) const {
        return loss * static_cast<double>(tokens) / (std::log(2.0) * static_cast<double>(bytes));
    }
};

// B windows at a time; the cache may be one that training uses, if B is the same no memory is taken.
template <class Model>
evaluation evaluate(const Model& model, const token_shards& ids, std::size_t B, typename Model::cache& cache) {
    const std::size_t T = model.config.block_size;
    expect_window(ids, T);
    token_ids<> inputs, targets;                                  // (B,T)
    resize(inputs, {B, T});
    resize(targets, {B, T});
    double sum = 0;
    evaluation result;
    for (std::size_t first = 0; const std::size_t rows = read_windows(ids, first, inputs, targets); first += rows) {
        const double mean = model.loss(inputs, targets, cache);
        sum += mean * static_cast<double>(rows * T);
        result.tokens += rows * T;
    }
    result.loss = sum / static_cast<double>(result.tokens);
    return result;
}

}  // namespace stepgpt
