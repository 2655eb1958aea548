// A model that reads each text anew for every token: what key_value_cache.hpp saves, in the plainest form. The cache is tested
// against it.
//
// read and forget are key_value_cache's; logits are those behind the last token of a text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/unembedding.hpp>

namespace stepgpt {

template <class Model>
class whole_window {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    struct new_token {
        std::size_t text;
        token id;
    };

    // The model must outlive it.
    whole_window(const Model& model, std::size_t texts) : model_(&model), ids_(texts) {
        resize(scores_, {model.config.vocab_size});
    }

    std::size_t room() const { return model_->config.block_size; }
    void forget(std::size_t text) { ids_[text].clear(); }

    void read(std::span<const new_token> tokens) {
        for (const auto& [text, id] : tokens) ids_[text].push_back(id);
    }

    // logits (V) behind the last token of a text.
    void logits(std::size_t text, Real* to) {
        const std::size_t T = ids_[text].size(), C = model_->config.n_embd, V = model_->config.vocab_size;
        resize(window_, {1, T});
        std::copy(ids_[text].begin(), ids_[text].end(), window_.data());
        const auto& x = model_->hidden(window_, cache_);                                     // (1,T,C)
        unembedding_forward(Device{}, x.data() + (T - 1) * C, model_->head().value.data(), scores_.data(), 1, C, V);
        to_host(Device{}, scores_.data(), to, V);
    }

private:
    const Model* model_;
    std::vector<std::vector<token>> ids_;         // of each text, what is visible
    typename Model::cache cache_;
    token_ids<> window_;                          // (1,T)
    tensor<Real, 1, Device> scores_;              // (V) where the model computes them
};

}  // namespace stepgpt
