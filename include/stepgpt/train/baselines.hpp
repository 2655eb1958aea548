// What a model has to beat: the loss of tables that count tokens.
//
// uniform: every token alike, ln V. unigram, bigram, trigram: counts on the training split, scored on the validation split,
// smoothed after Witten and Bell (1991; Chen and Goodman 1998, section 2.4): a context h that was seen n times, followed by
// t different tokens, gives t / (n + t) of its probability to the next shorter context:
//     p(w | h) = (count(h w) + t(h) p(w | shorter h)) / (n(h) + t(h)),      shortest: 1 / V
// Nothing is tuned on the validation split. Not here: higher orders; a character 5-gram is a strong opponent, but it says
// less about what a GPT learns first.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

struct baselines {
    double uniform = 0, unigram = 0, bigram = 0, trigram = 0;    // nats a token
};

namespace detail {

// Counts of contexts of one length, and of what followed them. A context and its next token make a 64-bit key: 21 bits each.
class context_counts {
public:
    struct context {
        std::uint32_t seen = 0, kinds = 0;     // n(h), t(h)
    };

    void add(std::uint64_t h, std::uint64_t w) {
        auto& of_context = contexts_[h];
        ++of_context.seen;
        if (followed_[h << 21 | w]++ == 0) ++of_context.kinds;
    }

    double probability(std::uint64_t h, std::uint64_t w, double shorter) const {
        const auto of_context = contexts_.find(h);
        if (of_context == contexts_.end()) return shorter;
        const auto found = followed_.find(h << 21 | w);
        const double count = found == followed_.end() ? 0 : found->second;
        const double seen = of_context->second.seen, kinds = of_context->second.kinds;
        return (count + kinds * shorter) / (seen + kinds);
    }

private:
    std::unordered_map<std::uint64_t, context> contexts_;
    std::unordered_map<std::uint64_t, std::uint32_t> followed_;
};

}  // namespace detail

// Ids are below V <= 2^21. Time and memory grow with the number of different trigrams.
inline baselines measure_baselines(std::span<const token> train, std::span<const token> validation, std::size_t V) {
    std::array<detail::context_counts, 3> order;
    const auto context = [](std::span<const token> ids, std::size_t i, std::size_t length) {
        std::uint64_t h = 0;
        for (std::size_t back = length; back > 0; --back) h = h << 21 | static_cast<std::uint64_t>(ids[i - back] + 1);
        return h;
    };
    for (std::size_t i = 0; i < train.size(); ++i)
        for (std::size_t n = 0; n < 3 && n <= i; ++n) order[n].add(context(train, i, n), static_cast<std::uint64_t>(train[i]));

    std::array<double, 3> loss{};
    for (std::size_t i = 0; i < validation.size(); ++i) {
        double p = 1 / static_cast<double>(V);
        for (std::size_t n = 0; n < 3; ++n) {
            if (n <= i) p = order[n].probability(context(validation, i, n), static_cast<std::uint64_t>(validation[i]), p);
            loss[n] -= std::log(p);
        }
    }
    const auto count = static_cast<double>(validation.size());
    return {.uniform = std::log(static_cast<double>(V)), .unigram = loss[0] / count, .bigram = loss[1] / count,
            .trigram = loss[2] / count};
}

}  // namespace stepgpt
