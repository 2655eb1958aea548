// Encoding a text as it comes, in bounded memory.
//
//     stream_encoder in(t);
//     while (read(part)) in.push(part, ids);
//     in.finish(ids);
//
// The text may come in any parts; the ids are those of the whole. Its counterpart, stream_decoder, is in tokenizer.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/text_blocks.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

// Holds back what the next part could still change: the text behind the last place where it may be cut (text_blocks.hpp).
class stream_encoder {
public:
    // A text of more bytes than this without any such place, which is no text in any language, is cut here all the same,
    // between two characters; only there can the ids differ from those of the whole.
    static constexpr std::size_t longest_held = 16 << 20;

    explicit stream_encoder(const tokenizer& t) : tokenizer_(&t) {}

    void push(std::string_view part, std::vector<token>& ids) {
        const std::size_t seen = held_.size();
        held_ += part;
        std::size_t ready = last_cut(held_, seen);
        if (ready == 0 && held_.size() > longest_held) ready = held_.size() - incomplete_utf8_tail(held_);
        tokenizer_->encode(std::string_view(held_).substr(0, ready), ids);
        held_.erase(0, ready);
    }

    void finish(std::vector<token>& ids) {
        tokenizer_->encode(held_, ids);
        held_.clear();
    }

private:
    const tokenizer* tokenizer_;
    std::string held_;
};

}  // namespace stepgpt
