// How well a model predicts a whole split: the mean of -log p over windows that do not overlap, so that nothing is drawn at
// random and two models are compared on the same tokens.
//
// The first tokens of a window have little before them; a model with a longer window has an advantage here, as in use.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/batch/documents.hpp>
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

// B rows at a time, from read(first, inputs, targets), which returns how many rows it has filled. The cache may be one that
// training uses; if B is the same no memory is taken.
template <class Model, class Read>
evaluation evaluate_rows(const Model& model, std::size_t B, typename Model::cache& cache, Read&& read) {
    const std::size_t T = model.config.block_size;
    token_ids<> inputs, targets;                                  // (B,T)
    resize(inputs, {B, T});
    resize(targets, {B, T});
    double sum = 0;
    evaluation result;
    for (std::size_t first = 0; const std::size_t rows = read(first, inputs, targets); first += rows) {
        const double mean = model.loss(inputs, targets, cache);
        const std::size_t asked = cache.criterion.count;
        sum += mean * static_cast<double>(asked);
        result.tokens += asked;
    }
    result.loss = sum / static_cast<double>(result.tokens);
    return result;
}

// A whole split in windows that do not overlap; or, if `document_end` is an id, one document a row.
template <class Model>
evaluation evaluate(const Model& model, const token_shards& ids, std::size_t B, typename Model::cache& cache,
                    token document_end = -1) {
    expect_window(ids, model.config.block_size);
    if (document_end < 0)
        return evaluate_rows(model, B, cache, [&](std::size_t first, auto& x, auto& y) { return read_windows(ids, first, x, y); });
    const documents rows(ids, document_end);
    return evaluate_rows(model, B, cache, [&](std::size_t first, auto& x, auto& y) { return rows.read(first, x, y); });
}

}  // namespace stepgpt
