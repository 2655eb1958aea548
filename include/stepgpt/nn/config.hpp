// The sizes of a GPT, by nanoGPT's names, and what they imply.
//
// Not here: how a configuration is read from a file (format/hugging_face.hpp) or chosen for a machine (train/plan.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <stepgpt/core/error.hpp>

namespace stepgpt {

struct gpt_config {
    std::size_t vocab_size = 0;    // V: how many tokens there are
    std::size_t block_size = 64;   // the longest T: tokens that the model sees at once
    std::size_t n_layer = 4;       // L: blocks
    std::size_t n_head = 4;        // H: attention heads a block
    std::size_t n_embd = 128;      // C: width of the residual stream; a multiple of n_head
    double dropout = 0;            // share of activations dropped in training
    bool tied = true;              // the head is the token embedding, as in GPT-2; false: a matrix of its own
    double initializer_range = 0.02;   // standard deviation of the first weights: see nn/init.hpp

    friend bool operator==(const gpt_config&, const gpt_config&) = default;
};

// Throws unless a model can have these sizes. The caps are far above any model this library is for; they make sure that
// no product of sizes can overflow.
inline void check(const gpt_config& config) {
    const auto bounded = [](const char* name, std::size_t value, std::size_t most) {
        if (value < 1 || value > most)
            throw error({.where = "model configuration",
                         .subject = name,
                         .found = value > most && static_cast<std::int64_t>(value) < 0
                                      ? std::to_string(static_cast<std::int64_t>(value))
                                      : std::to_string(value),
                         .wanted = "1 to " + std::to_string(most)});
    };
    bounded("vocab_size", config.vocab_size, 10'000'000);
    bounded("block_size", config.block_size, 1'000'000);
    bounded("n_layer", config.n_layer, 1'000);
    bounded("n_head", config.n_head, 10'000);
    bounded("n_embd", config.n_embd, 100'000);
    if (config.n_embd % config.n_head != 0)
        throw error({.where = "model configuration",
                     .subject = "n_embd",
                     .found = std::to_string(config.n_embd) + " channels for " + std::to_string(config.n_head) + " heads",
                     .wanted = "a multiple of n_head",
                     .hint = "try n_embd " + std::to_string((config.n_embd / config.n_head + 1) * config.n_head)});
    if (!(config.dropout >= 0 && config.dropout < 1))
        throw error({.where = "model configuration",
                     .subject = "dropout",
                     .found = std::to_string(config.dropout),
                     .wanted = "0 <= dropout < 1"});
    if (!(config.initializer_range > 0 && config.initializer_range <= 1))
        throw error({.where = "model configuration",
                     .subject = "initializer_range",
                     .found = std::to_string(config.initializer_range),
                     .wanted = "above 0, at most 1"});
}

// Weights of the model: embeddings V C + T C; a block 12 C^2 + 13 C; the last layer norm 2 C; a head of its own V C.
inline std::size_t parameter_count(const gpt_config& config) {
    const std::size_t C = config.n_embd;
    const std::size_t block = 12 * C * C + 13 * C;
    const std::size_t head = config.tied ? 0 : config.vocab_size * C;
    return (config.vocab_size + config.block_size) * C + config.n_layer * block + 2 * C + head;
}

}  // namespace stepgpt
