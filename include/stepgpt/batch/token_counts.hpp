// What became of a text as tokens: how many, how long, which ones.
//
//     token_counts counts(t.vocab_size());
//     counts.add(ids, text);
//
// Not here: what to make of it; prepare.json and prepare.html show it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

class token_counts {
public:
    std::uint64_t tokens = 0, bytes = 0, characters = 0, words = 0, documents = 0;

    explicit token_counts(std::size_t vocab_size) : of_id_(vocab_size, 0) {}

    void add(std::span<const token> ids, std::string_view text) {
        tokens += ids.size();
        bytes += text.size();
        characters += utf8_length(text);
        bool in_word = false;
        for (const char c : text) {
            const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
            words += !blank && !in_word;
            in_word = !blank;
        }
        for (const token id : ids) ++of_id_[static_cast<std::size_t>(id)];
        hash_.add(std::as_bytes(ids));
    }

    double bytes_per_token() const { return ratio(bytes, tokens); }
    double tokens_per_word() const { return ratio(tokens, words); }
    std::uint64_t hash() const { return hash_.value(); }
    std::uint64_t count(token id) const { return of_id_[static_cast<std::size_t>(id)]; }
    std::size_t used() const {
        return of_id_.size() - static_cast<std::size_t>(std::count(of_id_.begin(), of_id_.end(), 0u));
    }

    // Up to `most` ids that occur, the most frequent ones first.
    std::vector<token> most_frequent(std::size_t most) const {
        return first(most, [this](token a, token b) { return count(a) != count(b) ? count(a) > count(b) : a < b; });
    }

    // Up to `most` ids that occur, those of the most bytes first.
    std::vector<token> longest(std::size_t most, const tokenizer& t) const {
        const auto size = [&](token id) { return t.bytes(id).size(); };
        return first(most, [&](token a, token b) { return size(a) != size(b) ? size(a) > size(b) : a < b; });
    }

private:
    static double ratio(std::uint64_t a, std::uint64_t b) {
        return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
    }

    template <class Before>
    std::vector<token> first(std::size_t most, Before&& before) const {
        std::vector<token> ids;
        for (std::size_t id = 0; id < of_id_.size(); ++id) {
            if (of_id_[id] > 0) ids.push_back(static_cast<token>(id));
        }
        const std::size_t count = std::min(most, ids.size());
        std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(), before);
        ids.resize(count);
        return ids;
    }

    std::vector<std::uint64_t> of_id_;
    hasher hash_;
};

}  // namespace stepgpt
