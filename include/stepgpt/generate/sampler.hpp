// From scores to a choice: softmax(logits / temperature), perhaps only over the most likely tokens, and a draw.
//
// logits (V) -> one token. temperature below 1 prefers the likely, 0 always takes the likeliest (the lowest id of equals).
// top_k keeps the k likeliest; top_p (Holtzman et al. 2020, "nucleus") keeps the fewest that together have probability p;
// min_p (Nguyen et al. 2024) keeps those at least min_p times as probable as the likeliest. In this order, each among what
// the one before has left. The same seed draws the same text.
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
    double min_p = 0;              // 0: all
    double repetition_penalty = 1; // above 1: what is there already becomes less likely
    std::uint64_t seed = 1;
};

inline void check(const sampling& s) {
    const auto wrong = [](const char* name, double found, const char* wanted) {
        throw error({.where = "sampling", .subject = name, .found = std::to_string(found), .wanted = wanted});
    };
    if (!(s.temperature >= 0 && std::isfinite(s.temperature))) wrong("temperature", s.temperature, "0 or more");
    if (!(s.top_p > 0 && s.top_p <= 1)) wrong("top-p", s.top_p, "above 0, at most 1");
    if (!(s.min_p >= 0 && s.min_p <= 1)) wrong("min-p", s.min_p, "0 to 1");
    if (!(s.repetition_penalty > 0 && std::isfinite(s.repetition_penalty)))
        wrong("repetition-penalty", s.repetition_penalty, "above 0; 1 changes nothing");
}

// log(sum(exp(logits))): log p of a token is its logit less this.
template <class Real>
double log_sum_exp(std::span<const Real> logits) {
    const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    double sum = 0;
    for (const Real logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
    return largest + std::log(sum);
}

// The logits of all tokens in `seen` are divided by the penalty where they are positive, else multiplied by it, once each
// (Keskar et al. 2019, CTRL, section 4.1).
template <class Real>
void penalise_repetition(std::span<Real> logits, std::span<const token> seen, double penalty) {
    std::vector<token> once(seen.begin(), seen.end());
    std::sort(once.begin(), once.end());
    once.erase(std::unique(once.begin(), once.end()), once.end());
    for (const token id : once) {
        Real& logit = logits[static_cast<std::size_t>(id)];
        const auto score = static_cast<double>(logit);
        logit = static_cast<Real>(score > 0 ? score / penalty : score * penalty);
    }
}

class sampler {
public:
    explicit sampler(const sampling& how) : how_(how), numbers_(how.seed, stream::sample) { check(how_); }

    const sampling& how() const { return how_; }

    // The number that the next choice is made by, in [0,1): for whoever chooses elsewhere.
    double draw() { return numbers_.uniform(drawn_++); }

    // The next choice; every call draws a new number.
    template <class Real>
    token choose(std::span<const Real> logits) {
        const double uniform = draw();
        if (how_.temperature == 0)
            return static_cast<token>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        weigh(logits);
        leave_out();

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
        double weight;                     // proportional to its probability; the likeliest has 1
    };

    static bool likelier(const candidate& a, const candidate& b) {
        return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
    }

    template <class Real>
    void weigh(std::span<const Real> logits) {
        const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
        candidates_.clear();
        for (std::size_t id = 0; id < logits.size(); ++id)
            candidates_.push_back({static_cast<token>(id),
                                   std::exp((static_cast<double>(logits[id]) - largest) / how_.temperature)});
    }

    // Only as much is sorted as is kept.
    void leave_out() {
        if (how_.top_k > 0 && how_.top_k < candidates_.size()) {
            const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(how_.top_k);
            std::partial_sort(candidates_.begin(), end, candidates_.end(), likelier);
            candidates_.erase(end, candidates_.end());
        }
        if (how_.top_p < 1) {
            double total = 0, nucleus = 0;
            for (const auto& c : candidates_) total += c.weight;
            const auto less_likely = [](const candidate& a, const candidate& b) { return likelier(b, a); };
            std::make_heap(candidates_.begin(), candidates_.end(), less_likely);
            auto rest = candidates_.end();
            while (rest != candidates_.begin() && nucleus < how_.top_p * total) {
                std::pop_heap(candidates_.begin(), rest, less_likely);        // the likeliest goes to the end
                nucleus += (--rest)->weight;
            }
            candidates_.erase(candidates_.begin(), rest);
            std::reverse(candidates_.begin(), candidates_.end());
        }
        if (how_.min_p > 0)
            std::erase_if(candidates_, [this](const candidate& c) { return c.weight < how_.min_p; });
    }

    sampling how_;
    random_numbers numbers_;
    std::uint64_t drawn_ = 0;
    std::vector<candidate> candidates_;
};

}  // namespace stepgpt
