// Texts in the making, several at once: each round every open one gets its next token.
//
//     drafts<gpt<float>> all(model, {tokens.encode("Once"), tokens.encode("The fox")}, {.temperature = 0.8});
//     for (int i = 0; i < 100; ++i) all.advance();
//     std::cout << tokens.decode(all[1].ids);
//
// A round reads what is new in each text (at first the whole prompt, then one token) and takes every weight from memory
// once for all of them. When a text has outgrown the model's window of block_size tokens, a quarter of the window is
// forgotten at once and the rest is read anew: positions are part of what was read, so they cannot simply be shifted.
// Text i draws from seed + i, and is the same alone as among others.
// Not here: text (generate.hpp); how a token is chosen (sampler.hpp), and where (chooser.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/generate/chooser.hpp>
#include <stepgpt/generate/draft.hpp>
#include <stepgpt/generate/key_value_cache.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/unembedding.hpp>

namespace stepgpt {

// The first of n tokens that a model with this window still sees.
constexpr std::size_t first_visible(std::size_t n, std::size_t block_size) {
    const std::size_t quarter = std::max<std::size_t>(1, block_size / 4);
    return n <= block_size ? 0 : (n - block_size + quarter - 1) / quarter * quarter;
}

template <class Model>
class drafts {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    bool scored = false;                       // keep each choice's log probability

    // The model must outlive it.
    drafts(const Model& model, std::vector<std::vector<token>> prompts, const sampling& how)
        : model_(model), cache_(model, prompts.size()), chooser_(how, prompts.size(), model.config.vocab_size) {
        for (std::size_t i = 0; i < prompts.size(); ++i) {
            sampling its_own = how;
            its_own.seed += i;
            all_.push_back({.ids = std::move(prompts[i]), .choice = sampler(its_own)});
        }
        for (const auto& d : all_)
            if (d.ids.empty())
                throw error({.where = "generate", .found = "an empty prompt", .wanted = "at least one token to continue",
                             .hint = "a new line is a good beginning"});
    }

    std::size_t size() const { return all_.size(); }
    draft& operator[](std::size_t i) { return all_[i]; }
    const draft& operator[](std::size_t i) const { return all_[i]; }

    // One token more for every open text. False: none is open.
    bool advance() {
        gather_unread();
        if (unread_.empty()) return false;
        cache_.read(unread_);                  // (a prompt at once, later a token a text)
        last_rows_to_logits();
        chooser_.choose(open_, logits_.data(), scored);
        return true;
    }

private:
    void gather_unread() {
        unread_.clear();
        last_.clear();
        open_.clear();
        for (std::size_t i = 0; i < all_.size(); ++i) {
            draft& d = all_[i];
            if (!d.open) continue;
            if (const auto first = first_visible(d.ids.size(), cache_.room()); first != d.first) {
                cache_.forget(i);
                d.first = d.known = first;
            }
            for (; d.known < d.ids.size(); ++d.known) unread_.push_back({i, d.ids[d.known]});
            last_.push_back(unread_.size() - 1);
            open_.push_back({i, &d});
        }
    }

    // Only the last row of each text becomes logits (open texts, V).
    void last_rows_to_logits() {
        const std::size_t C = model_.config.n_embd, V = model_.config.vocab_size, open = last_.size();
        resize(rows_, {open, C});
        resize_logits(logits_, {open, V});
        for (std::size_t i = 0; i < open; ++i)
            copy_on_device(Device{}, cache_.hidden().data() + last_[i] * C, rows_.data() + i * C, C);
        unembedding_forward(Device{}, rows_.data(), model_.head().value.data(), logits_.data(), open, C, V);
    }

    const Model& model_;
    key_value_cache<Model> cache_;
    chooser<Real, Device> chooser_;
    std::vector<draft> all_;
    std::vector<typename key_value_cache<Model>::new_token> unread_;
    std::vector<open_draft> open_;
    std::vector<std::size_t> last_;            // of the rows just read, the last one of each open text
    tensor<Real, 2, Device> rows_, logits_;    // (open,C), (open,V)
};

// One text, for those who need no more.
template <class Model>
class generator {
public:
    generator(const Model& model, std::vector<token> ids, const sampling& how) : one_(model, {std::move(ids)}, how) {}

    token next() {
        one_.advance();
        return one_[0].ids.back();
    }
    const std::vector<token>& ids() const { return one_[0].ids; }           // prompt and what has been written

    // Somebody else says something: the text goes on behind it.
    void add(std::span<const token> ids) { one_[0].ids.insert(one_[0].ids.end(), ids.begin(), ids.end()); }

private:
    drafts<Model> one_;
};

}  // namespace stepgpt
