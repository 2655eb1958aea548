// Word tokens: a word with the space before it is one token, a mark of punctuation another, white space in between a third.
//
//     "Mia's dog ran.\n\n\"Stop!\""   ->   "Mia's" " dog" " ran" "." "\n\n" "\"" "Stop" "!" "\""
//
// The pieces of a text, laid end to end, are the text: what is known is decoded exactly. The vocabulary holds the pieces
// that occur often enough, most frequent first; all others are <unk>, id 0. As a regular expression a piece is
//
//      ?[\p{L}\p{N}\p{M}]+(['’-][\p{L}\p{N}\p{M}]+)*    ?[^\s\p{L}\p{N}\p{M}]    \s+(?= \S)    \s+
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/unicode_classes.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

inline constexpr std::string_view word_pattern =
    R"( ?[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*| ?[^\s\p{L}\p{N}\p{M}]|\s+(?= \S)|\s+)";

// The length of the piece at the start of `text`, which is not empty. Bytes that are no UTF-8 count as punctuation.
inline std::size_t first_word(std::string_view text) {
    const unicode_class* const classes = unicode_classes();
    const auto at = [text](std::size_t i) { return decode_utf8(text, i); };
    const auto space_at = [&](std::size_t i) { return classes[at(i).value] == unicode_class::space; };
    const auto letter_at = [&](std::size_t i) {
        return i < text.size() && !space_at(i) && classes[at(i).value] != unicode_class::other;
    };
    const auto end_of_letters = [&](std::size_t i) {
        while (letter_at(i)) i += at(i).length;
        return i;
    };

    if (space_at(0) && !(text[0] == ' ' && text.size() > 1 && !space_at(1))) {   // white space before no word of its own
        std::size_t end = 0, last = 0;
        while (end < text.size() && space_at(end)) {
            last = end;
            end += at(end).length;
        }
        return end < text.size() && text[last] == ' ' && last > 0 ? last : end;   // that space belongs to the next word
    }
    const std::size_t begin = text[0] == ' ' ? 1 : 0;
    if (!letter_at(begin)) return begin + at(begin).length;
    for (std::size_t end = end_of_letters(begin);;) {
        if (end == text.size()) return end;
        const auto joint = at(end);
        const bool joins = joint.value == U'\'' || joint.value == U'-' || joint.value == U'\u2019';
        if (!joins || !letter_at(end + joint.length)) return end;
        end = end_of_letters(end + joint.length);
    }
}

class word_tokenizer {
public:
    static constexpr std::string_view name = "word";
    static constexpr std::string_view unknown_piece = "<unk>";   // cannot be a piece of a text: that would be three
    static constexpr token unknown = 0;

    // Piece 0 is <unk>.
    explicit word_tokenizer(vocabulary words) : pieces_(std::move(words)) {
        if (pieces_.find(unknown_piece) != unknown)
            throw error({.where = "word vocabulary", .found = "no <unk> at id 0", .wanted = "<unk>, then the words"});
    }

    const vocabulary& pieces() const { return pieces_; }

    void encode(std::string_view text, std::vector<token>& ids) const {
        while (!text.empty()) {
            const std::size_t length = first_word(text);
            ids.push_back(std::max(pieces_.find(text.substr(0, length)), unknown));
            text.remove_prefix(length);
        }
    }

private:
    vocabulary pieces_;
};

// Counts the pieces of any number of texts and keeps the frequent ones.
class word_trainer {
public:
    std::uint64_t min_count = 1;    // a piece that occurs less often is unknown
    std::size_t vocab_size = 0;     // at most so many ids, <unk> among them; 0: no limit

    void add(std::string_view text) {
        if (const auto at = first_invalid_utf8(text); at != text.size())
            throw error({.where = "training text", .offset = before_ + at, .found = "bytes that are no UTF-8",
                         .wanted = "UTF-8", .hint = "prepare the data with --tokenizer byte or bpe, or repair the text first"});
        before_ += text.size();
        while (!text.empty()) {
            const std::size_t length = first_word(text);
            const auto id = static_cast<std::size_t>(seen_.add(text.substr(0, length)));
            if (id == counts_.size()) counts_.push_back(0);
            ++counts_[id];
            text.remove_prefix(length);
        }
    }

    word_tokenizer train() const {
        std::vector<token> order;
        for (std::size_t id = 0; id < counts_.size(); ++id)
            if (counts_[id] >= min_count) order.push_back(static_cast<token>(id));
        const auto count = [this](token id) { return counts_[static_cast<std::size_t>(id)]; };
        std::sort(order.begin(), order.end(), [&](token a, token b) {   // equally frequent: in the order of their bytes
            return count(a) != count(b) ? count(a) > count(b) : seen_[a] < seen_[b];
        });
        if (vocab_size > 0 && order.size() > vocab_size - 1) order.resize(vocab_size - 1);
        vocabulary words;
        words.add(word_tokenizer::unknown_piece);
        for (const token id : order) words.add(seen_[id]);
        return word_tokenizer(std::move(words));
    }

private:
    vocabulary seen_;
    std::vector<std::uint64_t> counts_;
    std::size_t before_ = 0;   // bytes in earlier texts
};

}  // namespace stepgpt
