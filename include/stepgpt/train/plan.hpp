// Which GPT to train in the time and the memory at hand: sizes, batch and steps, chosen among a ladder of shapes.
//
// A shape is given by its width C; depth, heads and block size follow from it as in the models that are known to be
// good (nanoGPT's, GPT-2's; Kaplan et al. 2020 found that at equal size the shape matters little). For each width: how
// long a step takes, how many fit, how many tokens that is, and what the scaling law expects of so many parameters and
// tokens. The lowest expectation is proposed.
//
// Pure arithmetic: what is measured comes in as functions. Not here: measuring (probe.hpp, core/machine.hpp), the law
// itself (scaling_law.hpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/nn/config.hpp>
#include <stepgpt/train/cost.hpp>
#include <stepgpt/train/memory.hpp>
#include <stepgpt/train/options.hpp>
#include <stepgpt/train/probe.hpp>
#include <stepgpt/train/scaling_law.hpp>

namespace stepgpt {

// What there is.
struct means {
    double seconds = 600;             // of the whole run
    double bytes = 4e9;               // of memory
    double start = 1;                 // seconds before the first step: opening the data, counting tables of tokens
    double held = 10e6;               // bytes that the program holds without a model
    std::size_t train_tokens = 0, validation_tokens = 0, vocab_size = 0;
};

struct proposal {
    gpt_config sizes;
    train_options options;
    probe_result times;               // of a step, measured or expected
    double tokens = 0;                // that the run will see, some of them again
    double seconds = 0;               // of the whole run
    double bytes = 0;                 // of memory, at most
    double loss = 0;                  // by the scaling law: only its order among proposals means anything

    double parameters() const { return static_cast<double>(parameter_count(sizes)); }
    double tokens_a_step() const { return static_cast<double>(options.batch_size * sizes.block_size); }
};

// Widths on the ladder; heads are 32 wide up to C = 192, 64 wide above.
inline constexpr std::size_t plan_widths[] = {32,  64,  96,  128, 160,  192,  256, 320,
                                              384, 512, 640, 768, 1024, 1280, 1600};

// The shape of that width: 4 blocks from C = 128 on, one for each 64 channels from 256 on (384: 6 as nanoGPT's, 768: 12
// as GPT-2's). A block size up to 0.8 C (384: 256 as nanoGPT's): attention then costs at most a fifteenth of what the
// matrices cost, and a batch of so many tokens holds enough rows that differ. Measured on the characters of
// tinyshakespeare, width 160, five minutes each: validation loss 1.494 with rows of 64, 1.483 with 128, 1.521 with 256.
// First weights are spread by 0.8/sqrt(C), so that the first logits differ by about 1: short runs learn sooner than with
// GPT-2's 0.02.
inline gpt_config shape_of_width(std::size_t C, const means& m) {
    const std::size_t longest = std::min(m.train_tokens, m.validation_tokens);
    if (longest < 2) throw error({.where = "plan", .found = "a split without a window", .wanted = "more text"});
    return {.vocab_size = m.vocab_size,
            .block_size = std::bit_floor(std::min({std::max<std::size_t>(4 * C / 5, 1), std::size_t{1024}, longest - 1})),
            .n_layer = std::max({std::size_t{2}, C / 64, std::min<std::size_t>(4, C / 32)}),
            .n_head = C <= 192 ? std::max<std::size_t>(C / 32, 1) : C / 64,
            .n_embd = C,
            .initializer_range = 0.8 / std::sqrt(static_cast<double>(C))};
}

// A step sees a power of two of tokens: at least 1024, more as soon as there are still 4000 steps with more.
inline std::size_t batch_for(const gpt_config& c, double tokens) {
    std::size_t n = 1024;
    while (n < 65536 && tokens / static_cast<double>(2 * n) >= 4000) n *= 2;
    return std::max<std::size_t>(n / c.block_size, 1);
}

// A text that is seen again and again is learnt by heart, the sooner the more parameters there are for each of its tokens,
// unless some of what the model works with is dropped. Four times it is as good as new (Muennighoff et al. 2023, "Scaling
// data-constrained language models"); it is the times beyond that count. Measured on the million characters of
// tinyshakespeare, by the lowest validation loss on the way, since `train` keeps that model:
//
//     width       epochs   (epochs - 4) parameters / text   without   dropout 0.1
//     320           2.7                 0                    1.761      1.858
//     160            13                11                    1.476      1.483
//      80          70-76               11-12                 1.557      1.615
//      96            65                21                    1.542      1.508
//
// The bound, 16, lies between. nanoGPT's L6 C384 on the same text (80 epochs, 800) is trained with 0.2: the second bound,
// 200, is a round number on the way there, not fitted.
inline double dropout_for(double parameters, double tokens, double text) {
    const double by_heart = (tokens / text - 4) * parameters / text;
    return by_heart <= 16 ? 0 : by_heart <= 200 ? 0.1 : 0.2;
}

// The largest learning rate, from which the schedule comes down: as the inverse of the width (Yang et al. 2022, "Tensor
// Programs V"), through nanoGPT's 1e-3 at C = 384. Measured on the characters of tinyshakespeare, 2654 steps of width 320:
// validation loss 1.761 with 1.9e-3, 1.654 with 1.2e-3. With a rate that fell as the root of C, width 512 had learnt little
// more than pairs of characters after 2368 steps (2.438).
inline double rate_for(std::size_t C) { return std::min(4e-3, 0.384 / static_cast<double>(C)); }

// Memory of a run, of the whole program.
inline double bytes_of(const gpt_config& c, std::size_t batch_size, const means& m) {
    return m.held + training_memory(c, batch_size, sizeof(float));
}

// What `times` allow: steps, evaluations, and what comes of them.
inline proposal propose(const gpt_config& sizes, std::size_t batch_size, const probe_result& times, const means& m) {
    constexpr double evaluations = 5;
    proposal p{.sizes = sizes, .options = {}, .times = times};
    p.options.batch_size = batch_size;
    const double n = p.tokens_a_step();
    const double evaluation = std::ceil(static_cast<double>(m.validation_tokens) / n) * times.forward;
    const double left = m.seconds - m.start - evaluations * evaluation;
    p.options.steps = static_cast<std::size_t>(std::max(1.0, left / times.step));
    p.options.eval_every = (p.options.steps + 4) / 5;
    p.options.warmup = std::min<std::size_t>(p.options.steps / 10, 200);
    p.options.lr = rate_for(sizes.n_embd);
    p.options.min_lr = p.options.lr / 50;
    p.tokens = n * static_cast<double>(p.options.steps);
    p.seconds = m.start + evaluations * evaluation + static_cast<double>(p.options.steps) * times.step;
    p.bytes = bytes_of(sizes, batch_size, m);
    p.loss = scaling_law{}(p.parameters(), p.tokens, static_cast<double>(m.train_tokens));
    return p;
}

// The place of the proposal of which most is to be expected.
inline std::size_t best_of(const std::vector<proposal>& all) {
    return static_cast<std::size_t>(
        std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.loss < b.loss; }) -
        all.begin());
}

// One width of the ladder, and how fast it is.
struct rung {
    gpt_config sizes;
    std::size_t batch_size = 0;
    double share = 0;                 // of the machine's utmost that a step reached, if it was probed
    probe_result times = {};

    // Seconds of a step that reaches the machine's limits.
    double limit(const machine& limits) const {
        return seconds_at_limit(sizes, static_cast<double>(batch_size * sizes.block_size), limits);
    }

    // Expected at that share of the limits; a forward pass is a third of a step's operations.
    probe_result times_at(double share, const machine& limits) const {
        return {limit(limits) / share, limit(limits) / share / 3};
    }

    // Batch and dropout for as many tokens as there is time for at that share. True if they were others before.
    bool settle(double share, const means& m, const machine& limits) {
        const auto before = std::pair(batch_size, sizes.dropout);
        batch_size = batch_for(sizes, 0);
        const double tokens = propose(sizes, batch_size, times_at(share, limits), m).tokens;
        const auto parameters = static_cast<double>(parameter_count(sizes));
        batch_size = batch_for(sizes, tokens);
        sizes.dropout = dropout_for(parameters, tokens, static_cast<double>(m.train_tokens));
        while (batch_size > 1 && bytes_of(sizes, batch_size, m) > m.bytes) batch_size /= 2;
        return before != std::pair(batch_size, sizes.dropout);
    }
};

// What rung i can be expected to reach: the share of the nearest one that was probed; a half, before there is one.
inline double expected_share(const std::vector<rung>& ladder, std::size_t i) {
    for (std::size_t away = 0; away < ladder.size(); ++away)
        for (const std::size_t j : {i - away, i + away})
            if (j < ladder.size() && ladder[j].share > 0) return ladder[j].share;
    return 0.5;
}

// The proposals for all widths that fit the time and the memory. Times are measured where they decide: the best
// proposal is probed, probe(sizes, options) -> times, until the best one has been probed. Where the measured speed asks
// for another batch or dropout than the expected one did, they are changed and probed once more.
template <class Probe>
std::vector<proposal> propose_all(const means& m, const machine& limits, Probe&& probe,
                                  std::span<const std::size_t> widths = plan_widths) {
    std::vector<rung> ladder;
    for (const std::size_t C : widths) ladder.push_back({shape_of_width(C, m)});
    for (;;) {
        std::vector<proposal> all;
        std::vector<std::size_t> at;
        for (std::size_t i = 0; i < ladder.size(); ++i) {
            rung& r = ladder[i];
            if (r.share == 0) {
                const double share = expected_share(ladder, i);
                r.settle(share, m, limits);
                r.times = r.times_at(share, limits);
            }
            const proposal p = propose(r.sizes, r.batch_size, r.times, m);
            if (p.bytes <= m.bytes && p.options.steps >= 10) all.push_back(p), at.push_back(i);
        }
        if (all.empty())
            throw error({.where = "plan",
                         .found = "too little time or memory for a model of width " + std::to_string(widths.front()),
                         .wanted = "a few more minutes or megabytes"});
        rung& r = ladder[at[best_of(all)]];
        if (r.share > 0) return all;
        const auto measure = [&] {
            r.times = probe(r.sizes, propose(r.sizes, r.batch_size, r.times, m).options);
            r.share = r.limit(limits) / r.times.step;
        };
        measure();
        if (r.settle(r.share, m, limits)) measure();
    }
}

}   // namespace stepgpt
