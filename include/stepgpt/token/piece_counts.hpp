// How often each piece of a text occurs (gpt2_split.hpp): all that a tokenizer can learn from it. What is kept are the
// different pieces, so a corpus of any length needs memory for its words only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/gpt2_split.hpp>
#include <stepgpt/token/text_blocks.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

class piece_counts {
public:
    std::size_t size() const { return pieces_.size(); }
    std::string_view piece(std::size_t i) const { return pieces_[static_cast<token>(i)]; }
    std::uint64_t count(std::size_t i) const { return counts_[i]; }

    // The pieces of this text, counted by as many threads as there are.
    void add(std::string_view text) {
        const std::vector<std::string_view> blocks = text_blocks(text, static_cast<std::size_t>(thread_count()));
        if (blocks.size() == 1) return count_pieces(blocks[0]);
        std::vector<piece_counts> parts(blocks.size());
        parallel_for(blocks.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) parts[i].count_pieces(blocks[i]);
        });
        for (const auto& part : parts)
            for (std::size_t i = 0; i < part.size(); ++i) count_piece(part.piece(i), part.count(i));
    }

private:
    void count_pieces(std::string_view text) {
        const gpt2_split split;
        while (!text.empty()) {
            const std::string_view piece = text.substr(0, split.first(text));
            count_piece(piece, 1);
            text.remove_prefix(piece.size());
        }
    }

    void count_piece(std::string_view piece, std::uint64_t times) {
        const auto id = static_cast<std::size_t>(pieces_.add(piece));
        if (id == counts_.size()) counts_.push_back(0);
        counts_[id] += times;
    }

    vocabulary pieces_;
    std::vector<std::uint64_t> counts_;
};

}  // namespace stepgpt
