// What training costs, from the sizes of the model alone: arithmetic, and traffic between memory and processor.
//
//     operations_a_token(c)    6 for every weight of the matrices: a multiplication and an addition, once forward and
//                              twice backward (Kaplan et al. 2020, section 2.1); and attention's 6 T C a block
//     seconds_at_limit(...)    the time of a step where nothing but the machine's two limits holds (the roofline)
//
// Not here: memory that is held (memory.hpp), what a machine can do (core/machine.hpp), what a step really takes
// (probe.hpp).
#pragma once

#include <cstddef>

#include <stepgpt/core/machine.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

// Multiplications and additions of forward and backward, a token of a row of `block_size`.
//     a block:    12 C^2 weights, 72 C^2;  attention: each query meets T/2 keys and values on average, 6 T C
//     the head:   V C weights, 6 V C
inline double operations_a_token(const gpt_config& c) {
    const auto C = static_cast<double>(c.n_embd), L = static_cast<double>(c.n_layer),
               T = static_cast<double>(c.block_size), V = static_cast<double>(c.vocab_size);
    return L * (72 * C * C + 6 * T * C) + 6 * V * C;
}

// Bytes read or written in a step on n tokens, in float: about 90 numbers a channel, block and token for everything
// that is not a product; the logits four times; AdamW's weights, gradients and moments.
inline double bytes_a_step(const gpt_config& c, double n) {
    const auto C = static_cast<double>(c.n_embd), L = static_cast<double>(c.n_layer),
               V = static_cast<double>(c.vocab_size);
    return n * (360 * C * L + 16 * V) + 28 * static_cast<double>(parameter_count(c));
}

// Seconds of a step on n tokens if the machine did its utmost, one thing after the other.
inline double seconds_at_limit(const gpt_config& c, double n, const machine& m) {
    return n * operations_a_token(c) / m.operations + bytes_a_step(c, n) / m.bytes;
}

}   // namespace stepgpt
