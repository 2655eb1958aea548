// Learning byte pairs: which merges make a text shortest, one after the other.
//
// All pieces of the text (gpt2_split.hpp) begin as bytes. The pair of neighbours that occurs most often becomes a token of
// its own, everywhere; then the pair that is now most frequent; and so on until the vocabulary is full or no pair occurs
// min_count times. **The tie rule**: of pairs that occur equally often, the one with the smaller left id goes first, then the
// one with the smaller right id. Ids are GPT-2's: the bytes in the order of its alphabet (byte_alphabet.hpp), then a new
// piece for each merge. Both rules, and so the merges, are those of Hugging Face's `tokenizers`.
//
//     bpe_trainer trainer;
//     trainer.vocab_size = 4096;
//     trainer.add(text);                       // as often as there is text; only its different pieces are kept
//     tokenizer t = trainer.train();
//
// Counts are kept up to date where a merge changes them, and nowhere else. References: Gage 1994; Sennrich et al. 2016.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/bpe.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/pair_map.hpp>
#include <stepgpt/token/piece_counts.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

namespace detail {

// The different pieces of a text as rows of symbols, and every pair of neighbours with its count and its places.
class pair_statistics {
public:
    struct candidate {
        std::int64_t count;
        token left, right;
        std::uint32_t pair;
        friend bool operator<(const candidate& a, const candidate& b) {   // for a heap: the later is smaller
            return a.count != b.count ? a.count < b.count : std::tie(b.left, b.right) < std::tie(a.left, a.right);
        }
    };

    pair_statistics(const piece_counts& pieces, const token (&byte_ids)[256]) {
        for (std::size_t word = 0; word < pieces.size(); ++word) {
            weight_.push_back(static_cast<std::int64_t>(pieces.count(word)));
            const std::string_view piece = pieces.piece(word);
            if (symbols_.size() + piece.size() >= none)
                throw error({.where = "bpe_trainer", .found = "more than 4294967294 bytes in different pieces of the text",
                             .wanted = "less text", .hint = "train the tokenizer on a sample of the corpus"});
            const auto begin = static_cast<std::uint32_t>(symbols_.size());
            const auto end = static_cast<std::uint32_t>(begin + piece.size());
            for (std::uint32_t i = begin; i < end; ++i)
                symbols_.push_back({byte_ids[static_cast<unsigned char>(piece[i - begin])], static_cast<std::uint32_t>(word),
                                    i == begin ? none : i - 1, i + 1 == end ? none : i + 1});
            for (std::uint32_t i = begin; i + 1 < end; ++i) gain(i, i + 1);
        }
        announce();
    }

    // The next pair by count and tie rule; false: there is none.
    bool next(candidate& best) {
        while (!heap_.empty()) {
            best = heap_.top();
            heap_.pop();
            const std::int64_t now = pairs_[best.pair].count;
            if (now == best.count && now > 0) return true;
            if (now < best.count && now > 0) heap_.push({now, best.left, best.right, best.pair});
        }                                    // now > count: the pair is in the heap again, with that count
        return false;
    }

    // Replaces the pair by `result` everywhere, from left to right.
    void apply(const candidate& best, token result) {
        std::vector<std::uint32_t> places;
        places.swap(pairs_[best.pair].places);
        if (best.left == best.right) std::sort(places.begin(), places.end());   // "aaa": the first two go together
        for (const std::uint32_t at : places) {
            symbol& left = symbols_[at];
            if (left.id != best.left || left.after == none || symbols_[left.after].id != best.right) continue;
            symbol& right = symbols_[left.after];
            if (left.before != none) lose(left.before, at);
            if (right.after != none) lose(left.after, right.after);
            left.id = result;
            left.after = right.after;
            right.id = vocabulary::none;
            if (left.after != none) symbols_[left.after].before = at;
            if (left.before != none) gain(left.before, at);
            if (left.after != none) gain(at, left.after);
        }
        pairs_[best.pair].count = 0;
        announce();
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    struct symbol {
        token id;                        // vocabulary::none: it has become part of the one before
        std::uint32_t word, before, after;
    };

    struct pair {
        token left = 0, right = 0;
        std::int64_t count = 0;
        std::vector<std::uint32_t> places;   // of the left symbol; some of them may be out of date
        bool grown = false;
    };

    pair& pair_at(std::uint32_t left, std::uint32_t right) {
        const token a = symbols_[left].id, b = symbols_[right].id;
        std::uint32_t& number = numbers_(a, b);   // 0: new
        if (number == 0) {
            pairs_.push_back({a, b, 0, {}, false});
            number = static_cast<std::uint32_t>(pairs_.size());
        }
        return pairs_[number - 1];
    }

    void lose(std::uint32_t left, std::uint32_t right) { pair_at(left, right).count -= weight_[symbols_[left].word]; }

    void gain(std::uint32_t left, std::uint32_t right) {
        pair& p = pair_at(left, right);
        p.count += weight_[symbols_[left].word];
        p.places.push_back(left);
        if (!p.grown) grown_.push_back(static_cast<std::uint32_t>(&p - pairs_.data()));
        p.grown = true;
    }

    // Puts every pair that has grown into the heap with its new count.
    void announce() {
        for (const std::uint32_t number : grown_) {
            pair& p = pairs_[number];
            p.grown = false;
            if (p.count > 0) heap_.push({p.count, p.left, p.right, number});
        }
        grown_.clear();
    }

    std::vector<symbol> symbols_;
    std::vector<std::int64_t> weight_;        // of a word: how often the text has it
    std::vector<pair> pairs_;
    pair_map<std::uint32_t> numbers_;         // of a pair, from 1
    std::vector<std::uint32_t> grown_;
    std::priority_queue<candidate> heap_;     // counts may be out of date; next() looks again
};

}  // namespace detail

class bpe_trainer {
public:
    std::size_t vocab_size = 4096;   // ids: the 256 bytes and as many merges as fit
    std::uint64_t min_count = 2;     // a pair that occurs less often is not worth an id

    // Called for each merge as it is found: its rank, how often the pair occurs, and the pieces it joins.
    std::function<void(std::size_t rank, std::uint64_t count, std::string_view left, std::string_view right)> on_merge;

    void add(std::string_view text) { pieces_.add(text); }

    bpe_tokenizer train() const {
        if (vocab_size < 256)
            throw error({.where = "bpe_trainer", .subject = "vocab_size", .found = std::to_string(vocab_size),
                         .wanted = "at least 256, the bytes"});
        vocabulary vocab;
        token byte_ids[256];
        for (const unsigned char byte : gpt2_alphabet.order) {
            const char piece = static_cast<char>(byte);
            byte_ids[byte] = vocab.add({&piece, 1});
        }
        merge_table merges;
        detail::pair_statistics pairs(pieces_, byte_ids);
        detail::pair_statistics::candidate best;
        while (vocab.size() < vocab_size && pairs.next(best) && static_cast<std::uint64_t>(best.count) >= min_count) {
            const std::string left(vocab[best.left]), right(vocab[best.right]);
            const token result = vocab.add(left + right);   // the same text may have been reached in another way
            if (on_merge) on_merge(merges.list().size(), static_cast<std::uint64_t>(best.count), left, right);
            merges.add({best.left, best.right, result});
            pairs.apply(best, result);
        }
        return bpe_tokenizer(std::move(vocab), std::move(merges));
    }

private:
    piece_counts pieces_;
};

}  // namespace stepgpt
