// How well a model predicts a whole split: the mean of -log p over windows that do not overlap, so that nothing is drawn at
// random and two models are compared on the same tokens.
//
// The first tokens of a window have little before them; a model with a longer window has an advantage here, as in use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <stepgpt/batch/documents.hpp>
#include <stepgpt/batch/examples.hpp>
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

// B rows of T tokens at a time, from read(first, inputs, targets), which returns how many rows it has filled. The cache may be
// one that training uses; if B is the same no memory is taken.
template <class Model, class Read>
evaluation evaluate_rows(const Model& model, std::size_t B, std::size_t T, typename Model::cache& cache, Read&& read) {
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

// Every answer of a split of questions and answers.
template <class Model>
evaluation evaluate(const Model& model, const examples& all, std::size_t B, std::size_t T, typename Model::cache& cache) {
    token_ids<> inputs, targets;                                  // (B,T), laid end to end
    resize(inputs, {B, T});
    resize(targets, {B, T});
    std::vector<std::size_t> ends;
    double sum = 0;
    evaluation result;
    for (std::size_t next = 0; next < all.size();) {
        next = all.pack(next, all.size(), [](std::size_t k) { return k; }, inputs, targets, ends);
        const double mean = model.loss(inputs, targets, cache, {.sequences = ends});
        sum += mean * static_cast<double>(cache.criterion.count);
        result.tokens += cache.criterion.count;
    }
    result.loss = sum / static_cast<double>(result.tokens);
    return result;
}

// A whole split in windows of T tokens (0: as many as the model can see) that do not overlap; or, if `document_end` is an
// id, one document a row.
template <class Model>
evaluation evaluate(const Model& model, const token_shards& ids, std::size_t B, typename Model::cache& cache,
                    token document_end = -1, std::size_t T = 0) {
    if (T == 0) T = model.config.block_size;
    expect_window(ids, T);
    if (document_end < 0)
        return evaluate_rows(model, B, T, cache,
                             [&](std::size_t first, auto& x, auto& y) { return read_windows(ids, first, x, y); });
    const documents rows(ids, document_end);
    return evaluate_rows(model, B, T, cache, [&](std::size_t first, auto& x, auto& y) { return rows.read(first, x, y); });
}

// A text of at least two ids, in windows that do not overlap; the last one may be shorter. Every id but the first is asked.
template <class Model>
evaluation evaluate_text(const Model& model, std::span<const token> ids, std::size_t B, typename Model::cache& cache) {
    const std::size_t T = std::min(model.config.block_size, ids.size() - 1);
    return evaluate_rows(model, B, T, cache, [&](std::size_t first, auto& inputs, auto& targets) {
        std::fill(inputs.data(), inputs.data() + inputs.size(), 0);
        std::fill(targets.data(), targets.data() + targets.size(), -1);
        std::size_t rows = 0;
        for (; rows < B && (first + rows) * T + 1 < ids.size(); ++rows) {
            const std::size_t begin = (first + rows) * T, count = std::min(T, ids.size() - 1 - begin);
            std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(begin), count, inputs.data() + rows * T);
            std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(begin + 1), count, targets.data() + rows * T);
        }
        return rows;
    });
}

}  // namespace stepgpt
