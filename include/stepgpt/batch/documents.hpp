// Rows that are documents: each begins where one begins and holds it whole, so that nothing has to be guessed whose
// beginning lies outside the row.
//
//     ids       | Mia ran . | The fox slept .       |: the id that ends a document
//     inputs      |   Mia  ran  .   0               x[0] is the end of the document before
//     targets     Mia ran  .    |  -1               -1 behind the end: not asked
//
// A document longer than T is cut after T targets. Not here: which rows make up a batch (loader.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

class documents {
public:
    // The ids must outlive it. Ids behind the last end belong to no document.
    documents(const token_shards& ids, token end) : ids_(&ids), end_(end) {
        std::vector<token> part(1 << 16);
        for (std::size_t at = 0; at < ids.size(); at += part.size()) {
            const std::size_t count = std::min(part.size(), ids.size() - at);
            ids.copy(at, std::span(part).first(count));
            for (std::size_t i = 0; i < count; ++i)
                if (part[i] == end) ends_.push_back(at + i);
        }
        if (ends_.empty())
            throw error({.where = ids.name(), .found = "no document end (token " + std::to_string(end) + ")",
                         .wanted = "at least one", .hint = "train with --rows windows"});
    }

    std::size_t size() const { return ends_.size(); }

    // Document i into one row (T) each.
    void read(std::size_t i, std::span<token> inputs, std::span<token> targets) const {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1] + 1;
        const std::size_t asked = std::min(ends_[i] + 1 - begin, targets.size());
        ids_->copy(begin, targets.first(asked));
        std::fill(targets.begin() + static_cast<std::ptrdiff_t>(asked), targets.end(), -1);
        std::fill(inputs.begin(), inputs.end(), 0);
        inputs[0] = end_;
        std::copy_n(targets.begin(), asked - 1, inputs.begin() + 1);
    }

    // Documents first, first + 1, ... into the rows of inputs and targets (B,T); rows for which none is left ask nothing.
    // Returns how many rows hold one.
    std::size_t read(std::size_t first, token_ids<>& inputs, token_ids<>& targets) const {
        const std::size_t B = inputs.shape(0), T = inputs.shape(1);
        const std::size_t rows = first < size() ? std::min(B, size() - first) : 0;
        for (std::size_t b = 0; b < rows; ++b) read(first + b, {inputs.data() + b * T, T}, {targets.data() + b * T, T});
        std::fill(inputs.data() + rows * T, inputs.data() + B * T, 0);
        std::fill(targets.data() + rows * T, targets.data() + B * T, -1);
        return rows;
    }

private:
    const token_shards* ids_;
    token end_;
    std::vector<std::size_t> ends_;      // where documents end in ids_
};

}  // namespace stepgpt
