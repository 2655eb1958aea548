// The next token of each open text on a GPU, or on its simulator: what generate/chooser.hpp does, where the logits lie. One
// number goes there for each text, the one drawn, and one token comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/generate/chooser.hpp>
#include <stepgpt/kernel/sample.cuh>

namespace stepgpt {

template <class Real>
class chooser<Real, gpu> {
public:
    chooser(const sampling& how, std::size_t texts, std::size_t V) : how_(how), V_(V), marked_(texts, 0) {
        if (how.repetition_penalty == 1) return;
        seen_of_all_ = device_buffer<std::uint8_t>(texts * V);
        set_to_zero(gpu{}, seen_of_all_.data(), texts * V);
    }

    void choose(std::span<const open_draft> open, const Real* logits, bool scored) {
        if (open.empty()) return;
        uniforms_here_.clear();
        for (const auto& o : open) uniforms_here_.push_back(o.text->choice.draw());
        uniforms_.reserve(open.size());
        weights_.reserve(open.size() * V_);
        made_.reserve(open.size());
        to_device(gpu{}, uniforms_here_.data(), uniforms_.data(), open.size());
        const choice_rules rules{how_.temperature, how_.top_p, how_.min_p, how_.repetition_penalty, how_.top_k};
        launch(choose_tokens<Real>, static_cast<unsigned>(open.size()), threads_for_choice(V_), 0, logits, seen_by(open),
               uniforms_.data(), rules, scored, weights_.data(), made_.data(), static_cast<int>(V_));
        made_here_.resize(open.size());
        to_host(gpu{}, made_.data(), made_here_.data(), open.size());
        for (std::size_t i = 0; i < open.size(); ++i) {
            open[i].text->ids.push_back(made_here_[i].id);
            open[i].text->log_probability = made_here_[i].log_probability;
        }
    }

private:
    // What is in each open text already, as rows (open,V); null where repetition costs nothing.
    const std::uint8_t* seen_by(std::span<const open_draft> open) {
        if (how_.repetition_penalty == 1) return nullptr;
        seen_.reserve(open.size() * V_);
        for (std::size_t i = 0; i < open.size(); ++i) {
            const auto& ids = open[i].text->ids;
            std::size_t& marked = marked_[open[i].number];
            std::uint8_t* const its_own = seen_of_all_.data() + open[i].number * V_;
            if (const std::size_t n = ids.size() - marked; n > 0) {
                new_ids_.reserve(n);
                to_device(gpu{}, ids.data() + marked, new_ids_.data(), n);
                launch(mark_seen<std::uint8_t>, blocks_for(n, 128), 128, 0, new_ids_.data(), its_own, static_cast<int>(n));
                marked = ids.size();
            }
            copy_on_device(gpu{}, its_own, seen_.data() + i * V_, V_);
        }
        return seen_.data();
    }

    sampling how_;
    std::size_t V_;
    std::vector<std::size_t> marked_;                       // of each text, the ids that seen_of_all_ knows
    device_buffer<std::uint8_t> seen_of_all_, seen_;        // (texts,V), (open,V)
    device_buffer<token> new_ids_;
    device_buffer<double> uniforms_, weights_;              // (open), (open,V)
    device_buffer<choice_made> made_;                       // (open)
    std::vector<double> uniforms_here_;
    std::vector<choice_made> made_here_;
};

}  // namespace stepgpt
