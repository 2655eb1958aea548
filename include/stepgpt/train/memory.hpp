// How much memory a training run will take, and whether there is so much: known before any of it is taken.
#pragma once

#include <unistd.h>

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <string>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/nn/handed_on.hpp>

namespace stepgpt {

// Bytes that training such a model takes, to be known before they are: weights, gradients and two moments; for every
// block 18 C numbers a position that forward leaves for backward (on simd 10: nn/handed_on.hpp); once, what is handed on, what
// one block's backward needs, and both ends of the model: 18 C on simd, 24 C at most elsewhere; the logits. Dropout keeps what
// it leaves: 2 C more a block (simd: once), and 4 C once. (B,T) is one batch. On cpu the attention probabilities come on top:
// B H T T a block. A bf16 gradient of several batches is summed in float.
template <class Device = simd>
double training_memory(const gpt_config& c, std::size_t batch_size, std::size_t bytes_a_number, std::size_t accumulate = 1) {
    const auto C = static_cast<double>(c.n_embd), L = static_cast<double>(c.n_layer), T = static_cast<double>(c.block_size);
    const double rows = static_cast<double>(batch_size) * T;
    const double H = static_cast<double>(c.n_head), attention = std::same_as<Device, cpu> ? rows * T * H : rows * H;
    const double dropped = c.dropout > 0 ? 2 : 0;
    const double kept = hands_on<Device> ? 10 : 18 + dropped, once = hands_on<Device> ? 18 + 3 * dropped : 24 + 2 * dropped;
    const double activations = L * (kept * rows * C + attention) + once * rows * C + rows * static_cast<double>(c.vocab_size);
    const auto bytes = static_cast<double>(bytes_a_number);
    const double summed = bytes < 4 && accumulate > 1 ? 4 : 0;
    const double weight = bytes < 4 ? 2 * bytes + 3 * 4 + summed : 4 * bytes;   // a bf16 has float moments, and a float master
    return weight * static_cast<double>(parameter_count(c)) + bytes * activations;
}

// Memory of this machine.
inline double physical_memory() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}
inline double available_memory(cpu) { return physical_memory(); }   // cuda/device.cuh has the same for a GPU

// Throws if the run cannot fit, and says which batch would, or which context, or that it is the model that is too large.
template <class Device = simd>
void expect_memory(const gpt_config& sizes, std::size_t batch_size, std::size_t bytes_a_number, double available,
                   std::size_t accumulate = 1) {
    gpt_config c = sizes;
    const auto fits = [&](std::size_t B) { return training_memory<Device>(c, B, bytes_a_number, accumulate) <= available; };
    if (fits(batch_size)) return;
    const auto less = [](std::size_t n) { return n - (n + 15) / 16; };      // a little below the most that fits
    std::size_t B = batch_size;
    while (B > 0 && !fits(B)) B = less(B);
    std::string hint = "--batch-size " + std::to_string(B) + " would fit; --accumulate makes up for it";
    if (B == 0) {
        while (c.block_size > 0 && !fits(1)) c.block_size = less(c.block_size);
        hint = c.block_size > 0 ? "--batch-size 1 --block-size " + std::to_string(c.block_size) + " would fit"
                                : "the model alone is too large: take a smaller --n-embd or --n-layer";
    }
    const auto gigabytes = [](double bytes) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
        return std::string(text);
    };
    throw error({.where = "memory", .found = gigabytes(available),
                 .wanted = "about " + gigabytes(training_memory<Device>(sizes, batch_size, bytes_a_number, accumulate)) +
                           " for this model and batch",
                 .hint = hint});
}

}  // namespace stepgpt
