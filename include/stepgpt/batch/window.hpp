// Windows: T ids to read and, for each of them, the one that comes next.
//
//     ids       the  fox  ran  to  the  den
//     inputs    the  fox  ran  to  the                x[t] = ids[begin + t]
//     targets        fox  ran  to  the  den           y[t] = ids[begin + t + 1]
//
// So a window needs T + 1 ids, and y[t] = x[t + 1]. Not here: in which order windows come in training (loader.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

// Throws unless at least one window fits.
inline void expect_window(const token_shards& ids, std::size_t block_size) {
    if (block_size == 0) throw error({.where = ids.name(), .subject = "block_size", .found = "0", .wanted = "at least 1"});
    if (ids.size() > block_size) return;
    throw error({.where = ids.name(),
                 .found = std::to_string(ids.size()) + " tokens where block_size is " + std::to_string(block_size),
                 .wanted = "at least " + std::to_string(block_size + 1) + " tokens",
                 .hint = "a window is block_size tokens and the one after: take more text, or a smaller block_size"});
}

// Reads the window that begins at `begin`; begin + inputs.size() < ids.size().
inline void read_window(const token_shards& ids, std::size_t begin, std::span<token> inputs, std::span<token> targets) {
    ids.copy(begin, inputs);
    std::copy(inputs.begin() + 1, inputs.end(), targets.begin());
    targets.back() = ids[begin + inputs.size()];
}

// How many windows that do not overlap there are in so many ids: what a whole split is evaluated in.
constexpr std::size_t window_count(std::size_t ids, std::size_t block_size) { return ids == 0 ? 0 : (ids - 1) / block_size; }

// Reads windows first, first + 1, ... of those into the rows of inputs and targets (B,T). Rows for which no window is left
// are zero, with targets of -1, which the loss ignores. Returns how many rows hold a window.
inline std::size_t read_windows(const token_shards& ids, std::size_t first, token_ids<>& inputs, token_ids<>& targets) {
    const std::size_t B = inputs.shape(0), T = inputs.shape(1);
    expect_shape(targets, {B, T}, "targets (B,T), as the inputs");
    const std::size_t all = window_count(ids.size(), T), rows = first < all ? std::min(B, all - first) : 0;
    for (std::size_t b = 0; b < rows; ++b)
        read_window(ids, (first + b) * T, {inputs.data() + b * T, T}, {targets.data() + b * T, T});
    std::fill(inputs.data() + rows * T, inputs.data() + B * T, 0);
    std::fill(targets.data() + rows * T, targets.data() + B * T, -1);
    return rows;
}

}  // namespace stepgpt
