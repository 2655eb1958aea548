// The next token of each open text, from its logits (open,V), where the model has computed them: here by the text's own sampler.
// A GPU has a chooser of its own (cuda/chooser.cuh), so that a token comes back and not its logits.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <stepgpt/generate/draft.hpp>
#include <stepgpt/generate/sampler.hpp>

namespace stepgpt {

template <class Real, class Device>
class chooser {
public:
    chooser(const sampling& how, std::size_t /*texts*/, std::size_t V) : penalty_(how.repetition_penalty), V_(V) {}

    // Row i of the logits belongs to open[i], which gets its token, and if scored its log probability. Logits may change.
    void choose(std::span<const open_draft> open, Real* logits, bool scored) {
        for (std::size_t i = 0; i < open.size(); ++i) choose_one(*open[i].text, std::span<Real>(logits + i * V_, V_), scored);
    }

private:
    void choose_one(draft& d, std::span<Real> logits, bool scored) {
        if (scored) original_.assign(logits.begin(), logits.end());
        if (penalty_ != 1) penalise_repetition(logits, std::span<const token>(d.ids), penalty_);
        const token next = d.choice.choose(std::span<const Real>(logits));
        if (scored)
            d.log_probability = static_cast<double>(original_[static_cast<std::size_t>(next)]) -
                                log_sum_exp(std::span<const Real>(original_));
        d.ids.push_back(next);
    }

    double penalty_;
    std::size_t V_;
    std::vector<Real> original_;               // (V) logits before repetition is penalised
};

}  // namespace stepgpt
