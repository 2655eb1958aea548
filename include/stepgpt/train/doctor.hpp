// The training doctor: looks at a run as an experienced colleague would, and says what is wrong and what to try.
//
// Pure judgement: numbers in, sentences out. The trainer decides when to ask and where to print.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/trace.hpp>
#include <stepgpt/kernel/memory.hpp>

namespace stepgpt {

using advice = std::optional<std::string>;     // nothing: all is well

namespace detail {
template <class... Numbers>
std::string sentence(const char* format, Numbers... numbers) {
    char text[300];
    std::snprintf(text, sizeof text, format, numbers...);
    return text;
}
}  // namespace detail

// A model that has learnt nothing gives every token about 1/V: its loss is ln V. With GPT-2's initialisation it is within
// 0.1 of it; far above, some weights are too large.
inline advice doubt_first_loss(double loss, std::size_t V) {
    const double expected = std::log(static_cast<double>(V));
    if (loss > 1.5 * expected)
        return detail::sentence("the first loss is %.2f, but a model that knows nothing has ln V = %.2f: weights are too large "
                                "(the embedding is also the head; --init-std, 0.02 in GPT-2, says how large they begin)",
                                loss, expected);
    if (loss < 0.5 * expected)
        return detail::sentence("the first loss is %.2f, below ln V = %.2f: these weights have been trained before", loss,
                                expected);
    return {};
}

// Long after the start and still at ln V: nothing reaches the weights.
inline advice doubt_progress(double mean_loss, std::size_t V, std::size_t steps) {
    const double expected = std::log(static_cast<double>(V));
    if (steps < 200 || std::abs(mean_loss - expected) > 0.01 * expected) return {};
    return detail::sentence("after %zu steps the loss is still ln V = %.2f: the model guesses uniformly. Are gradients zero, the "
                            "learning rate too small, or the targets shuffled?", steps, expected);
}

// A loss that no text has: the answer must be visible in the question.
inline advice doubt_leak(double mean_loss, std::size_t steps, std::size_t training_tokens) {
    if (steps > 50 || mean_loss > 0.1 || training_tokens < 10'000) return {};
    return detail::sentence("a loss of %.3f after %zu steps on %zu tokens is too good: do targets equal inputs, or does the mask "
                            "let the future through?", mean_loss, steps, training_tokens);
}

inline advice doubt_validation(std::size_t positions) {
    if (positions >= 1000) return {};
    return detail::sentence("the validation split has only %zu tokens to predict: its loss will be noisy (take more text, or a "
                            "larger --val-fraction)", positions);
}

inline advice doubt_batch(std::size_t tokens_a_step) {
    if (tokens_a_step >= 128) return {};
    return detail::sentence("a step sees only %zu tokens: gradients will be noisy (raise --batch-size or --accumulate)",
                            tokens_a_step);
}

inline advice doubt_bf16(bool wanted, bool processor_has_it) {
    if (!wanted || processor_has_it) return {};
    return "this processor, or what the compiler was told of it, has no products of bf16: they are imitated, and slower than "
           "--precision float";
}

// Mean loss of training far below that of validation: the text is being learnt by heart.
inline advice doubt_generalisation(double train_loss, double validation_loss) {
    if (validation_loss < 1.3 * train_loss + 0.1) return {};
    return detail::sentence("train loss %.2f, validation loss %.2f: the model learns the text by heart (take more text, a smaller "
                            "model, or --dropout 0.2)", train_loss, validation_loss);
}

// Names the first parameter whose gradient or value is not finite; empty if there is none.
template <class Device, class Real>
std::string first_non_finite(Device, const std::vector<parameter_view<Real>>& all) {
    std::vector<Real> here;
    const auto sick = [&](const Real* there, std::size_t n) {
        here.resize(n);
        to_host(Device{}, there, here.data(), n);
        return statistics_of(here.data(), n).non_finite > 0;
    };
    for (const auto& p : all) {
        if (sick(p.value, p.size)) return p.name;
        if (sick(p.grad, p.size)) return p.name + ".grad";
    }
    return {};
}

}  // namespace stepgpt
