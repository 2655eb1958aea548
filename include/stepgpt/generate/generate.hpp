// A model writes: each token is chosen from the logits after the tokens so far, and becomes one of them.
//
//     generate(model, tokenizer, "Once upon a time", 200, {.temperature = 0.8},
//              [](std::string_view part) { std::cout << part << std::flush; });
//
// The model sees the last block_size tokens; what is older it has forgotten. Every token costs a forward pass over that
// window, of which only the last row is turned into logits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/generate/sampler.hpp>
#include <stepgpt/kernel/unembedding.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

// The tokens that follow `ids`, one at a time.
template <class Model>
class generator {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    generator(const Model& model, std::vector<token> ids, const sampling& how)
        : model_(model), ids_(std::move(ids)), sampler_(how), logits_(model.config.vocab_size) {
        if (ids_.empty())
            throw error({.where = "generate", .found = "an empty prompt", .wanted = "at least one token to continue",
                         .hint = "a new line is a good beginning"});
    }

    token next() {
        const std::size_t C = model_.config.n_embd, V = model_.config.vocab_size;
        const std::size_t T = std::min(ids_.size(), model_.config.block_size);
        resize(window_, {1, T});
        std::copy(ids_.end() - static_cast<std::ptrdiff_t>(T), ids_.end(), window_.data());
        const auto& x = model_.hidden(window_, cache_);                                  // (1,T,C)
        const Real* last = x.data() + (T - 1) * C;                                       // (C)
        unembedding_forward(Device{}, last, model_.head().value.data(), logits_.data(), 1, C, V);
        ids_.push_back(sampler_.choose(std::span<const Real>(logits_)));
        return ids_.back();
    }

    const std::vector<token>& ids() const { return ids_; }

private:
    const Model& model_;
    std::vector<token> ids_;             // prompt and what has been written
    sampler sampler_;
    std::vector<Real> logits_;           // (V) of the last position
    typename Model::cache cache_;
    token_ids<Device> window_;           // (1,T)
};

// Continues the prompt by `count` tokens and calls emit(text) with whole characters as they come.
template <class Model, class Emit>
void generate(const Model& model, const tokenizer& tokens, std::string_view prompt, std::size_t count, const sampling& how,
              Emit&& emit) {
    generator<Model> writer(model, tokens.encode(prompt), how);
    stream_decoder decoder(tokens);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string part = decoder.push(writer.next());
        if (!part.empty()) emit(std::string_view(part));
    }
    const std::string rest = decoder.finish();
    if (!rest.empty()) emit(std::string_view(rest));
}

// The continuation as one string.
template <class Model>
std::string generate(const Model& model, const tokenizer& tokens, std::string_view prompt, std::size_t count,
                     const sampling& how = {}) {
    std::string text;
    generate(model, tokens, prompt, count, how, [&](std::string_view part) { text += part; });
    return text;
}

}  // namespace stepgpt
