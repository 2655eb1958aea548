// From scores to a choice: softmax(logits / temperature), perhaps only over the most likely tokens, and a draw.
//
// logits (V) -> one token. temperature below 1 prefers the likely, 0 always takes the likeliest (the lowest id of equals).
// top_k keeps the k likeliest; top_p (Holtzman et al. 2020, "nucleus") keeps the fewest that together have probability p;
// both: first k, then p. The same seed draws the same text.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

struct sampling {
    double temperature = 1;        // 0: always the likeliest token
    std::size_t top_k = 0;         // 0: all
    double top_p = 1;              // 1: all
    std::uint64_t seed = 1;
};

inline void check(const sampling& s) {
    const auto wrong = [](const char* name, double found, const char* wanted) {
        throw error({.where = "sampling", .subject = name, .found = std::to_string(found), .wanted = wanted});
    };
    if (!(s.temperature >= 0 && std::isfinite(s.temperature))) wrong("temperature", s.temperature, "0 or more");
    if (!(s.top_p > 0 && s.top_p <= 1)) wrong("top-p", s.top_p, "above 0, at most 1");
}

class sampler {
public:
    explicit sampler(const sampling& how) : how_(how), numbers_(how.seed, stream::sample) { check(how_); }

    // The next choice; every call draws a new number.
    template <class Real>
    token choose(std::span<const Real> logits) {
        const double uniform = numbers_.uniform(drawn_++);
        if (how_.temperature == 0)
            return static_cast<token>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        rank(logits);

        double total = 0;
        for (const auto& c : candidates_) total += c.weight;
        double threshold = uniform * total;
        for (const auto& c : candidates_) {
            threshold -= c.weight;
            if (threshold < 0) return c.id;
        }
        return candidates_.back().id;      // rounding left a crumb
    }

private:
    struct candidate {
        token id;
        double weight;                     // proportional to its probability
    };

    // Fills candidates_ with what may be chosen; sorted only if someone has to be left out.
    template <class Real>
    void rank(std::span<const Real> logits) {
        const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
        candidates_.clear();
        for (std::size_t id = 0; id < logits.size(); ++id)
            candidates_.push_back({static_cast<token>(id),
                                   std::exp((static_cast<double>(logits[id]) - largest) / how_.temperature)});
        const bool some = (how_.top_k > 0 && how_.top_k < candidates_.size()) || how_.top_p < 1;
        if (!some) return;

        std::stable_sort(candidates_.begin(), candidates_.end(), [](auto& a, auto& b) { return a.weight > b.weight; });
        if (how_.top_k > 0 && how_.top_k < candidates_.size()) candidates_.resize(how_.top_k);
        if (how_.top_p < 1) {
            double total = 0, nucleus = 0;
            for (const auto& c : candidates_) total += c.weight;
            std::size_t kept = 0;
            while (kept < candidates_.size() && nucleus < how_.top_p * total) nucleus += candidates_[kept++].weight;
            candidates_.resize(kept);
        }
    }

    sampling how_;
    random_numbers numbers_;
    std::uint64_t drawn_ = 0;
    std::vector<candidate> candidates_;
};

}  // namespace stepgpt
