// How much memory a training run will take, and whether there is so much: known before any of it is taken.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>

#include <stepgpt/core/error.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

// Bytes that training such a model takes, to be known before they are: weights, gradients and two moments; for every
// block 18 C numbers a position that forward leaves for backward; once, what one block's backward needs; the logits.
// (B,T) is one batch. On cpu the attention probabilities come on top: B H T T a block.
inline double training_memory(const gpt_config& c, std::size_t batch_size, std::size_t bytes_a_number, bool plain_attention) {
    const auto C = static_cast<double>(c.n_embd), L = static_cast<double>(c.n_layer), T = static_cast<double>(c.block_size);
    const double rows = static_cast<double>(batch_size) * T;
    const double attention = plain_attention ? rows * T * static_cast<double>(c.n_head) : rows * static_cast<double>(c.n_head);
    const double numbers = 4 * static_cast<double>(parameter_count(c)) + L * (18 * rows * C + attention) +
                           24 * rows * C + rows * static_cast<double>(c.vocab_size);
    return numbers * static_cast<double>(bytes_a_number);
}

// Memory of this machine.
inline double physical_memory() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Throws if the run cannot fit.
inline void expect_memory(double needed, double available = physical_memory()) {
    if (needed <= available) return;
    const auto gigabytes = [](double bytes) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
        return std::string(text);
    };
    throw error({.where = "memory", .found = gigabytes(available) + " in this machine",
                 .wanted = "about " + gigabytes(needed) + " for this model and batch",
                 .hint = "take a smaller --batch-size, --block-size, --n-embd or --n-layer"});
}

}  // namespace stepgpt
