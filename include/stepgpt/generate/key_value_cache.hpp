// What a model keeps of the tokens it has read, so that one token more costs one row and not the whole text again.
//
//     key_value_cache<gpt<float>> kept(model, 2);              // two texts
//     kept.read({{0, 464}, {0, 3290}, {1, 1544}});             // tokens 464 and 3290 follow in text 0, token 1544 in text 1
//     const auto& x = kept.hidden();                           // (1,rows,C): the residual stream of these three, normalised
//
// Attention is the only place where a token hears others, and of them it needs just k and v. So these are kept, layer by
// layer, and everything else is computed for the new tokens alone. It mirrors gpt::hidden and block::forward.
// Not here: what becomes of a text longer than block_size (drafts.hpp).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/kernel/attention_kept.hpp>
#include <stepgpt/kernel/embedding_kept.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/residual.hpp>
#include <stepgpt/nn/gpt.hpp>

namespace stepgpt {

template <class Model>
class key_value_cache {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    struct new_token {
        std::size_t text;
        token id;
    };

    // The model must outlive it.
    key_value_cache(const Model& model, std::size_t texts)
        : model_(&model), layers_(model.config.n_layer), length_(texts, 0) {
        for (auto& layer : layers_) {
            resize(layer.keys, {texts, room(), model.config.n_embd});
            resize(layer.values, {texts, room(), model.config.n_embd});
        }
    }

    std::size_t room() const { return model_->config.block_size; }             // tokens a text can have
    std::size_t length(std::size_t text) const { return length_[text]; }       // tokens that it has
    void forget(std::size_t text) { length_[text] = 0; }

    // Each token is put at the end of its text. At least one.
    void read(std::span<const new_token> tokens) {
        const std::size_t rows = tokens.size(), C = model_->config.n_embd;
        place(tokens);
        resize(x_, {1, rows, C});
        embedding_at_places(Device{}, ids_there_.data(), places_there_.data(), model_->embed.wte.value.data(),
                            model_->embed.wpe.value.data(), x_.data(), rows, C);
        for (std::size_t i = 0; i < layers_.size(); ++i) read_block(model_->h[i], layers_[i]);
        model_->ln_f.forward(x_, ln_f_);
    }

    // (1,rows,C) of the tokens read last. The model's head makes logits of it.
    const tensor<Real, 3, Device>& hidden() const { return ln_f_.y; }

private:
    struct kept {
        tensor<Real, 3, Device> keys, values;     // (texts,room,C)
    };

    void place(std::span<const new_token> tokens) {
        places_.clear();
        ids_.clear();
        for (const auto& [text, id] : tokens) {
            if (id < 0 || static_cast<std::size_t>(id) >= model_->config.vocab_size)
                throw error({.where = "key_value_cache", .found = "token id " + std::to_string(id),
                             .wanted = "0 to " + std::to_string(model_->config.vocab_size - 1),
                             .hint = "were the tokens made with the tokenizer of this model?"});
            if (length_[text] == room())
                throw error({.where = "key_value_cache", .found = "a text longer than block_size",
                             .wanted = "at most " + std::to_string(room()) + " tokens"});
            places_.push_back({text, length_[text]++});
            ids_.push_back(id);
        }
        resize(ids_there_, {ids_.size()});
        resize(places_there_, {places_.size()});
        to_device(Device{}, ids_.data(), ids_there_.data(), ids_.size());
        to_device(Device{}, places_.data(), places_there_.data(), places_.size());
    }

    // x_ goes through one block, with the keys and values of this layer.
    void read_block(const block<Real, Device>& h, kept& layer) {
        const std::size_t rows = x_.shape(1), C = x_.shape(2), H = h.attn.n_head;
        const auto& normed_1 = h.ln_1.forward(x_, ln_1_);                                        // (1,rows,C)
        const auto& qkv = h.attn.c_attn.forward(normed_1, c_attn_);                              // (1,rows,3C)
        resize(att_, {rows, H, room()});
        resize(z_, {1, rows, C});
        keep_keys_and_values(Device{}, qkv.data(), places_there_.data(), layer.keys.data(), layer.values.data(), rows, C, room());
        attention_over_kept(Device{}, qkv.data(), places_there_.data(), layer.keys.data(), layer.values.data(), att_.data(),
                            z_.data(), rows, C, H, room());
        const auto& heard = h.attn.c_proj.forward(z_, c_proj_);                                  // (1,rows,C)
        resize(mid_, {1, rows, C});
        residual_forward(Device{}, x_.data(), heard.data(), mid_.data(), x_.size());
        const auto& normed_2 = h.ln_2.forward(mid_, ln_2_);
        const auto& thought = h.mlp.forward(normed_2, mlp_, {});
        residual_forward(Device{}, mid_.data(), thought.data(), x_.data(), x_.size());
    }

    const Model* model_;
    std::vector<kept> layers_;                    // L
    std::vector<std::size_t> length_;             // (texts)
    std::vector<token> ids_;                      // (rows) of the tokens read last, and where they stand
    std::vector<token_place> places_;
    tensor<token, 1, Device> ids_there_;          // (rows) the same, where the device can read them
    tensor<token_place, 1, Device> places_there_;

    // One set for all layers: there is no way back.
    tensor<Real, 3, Device> x_, mid_, z_;         // (1,rows,C)
    tensor<accumulator<Real>, 3, Device> att_;    // (rows,H,room)
    typename layer_norm<Real, Device>::cache ln_1_, ln_2_, ln_f_;
    typename linear<Real, Device>::cache c_attn_, c_proj_;
    typename stepgpt::mlp<Real, Device>::cache mlp_;
};

}  // namespace stepgpt
