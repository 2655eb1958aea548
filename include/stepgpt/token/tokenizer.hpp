// The tokenizer: text <-> ids. One type for the whole house, whatever is inside; it is a plain value.
//
//     tokenizer t = byte_tokenizer();
//     std::vector<token> ids = t.encode("Once upon a time");
//     t.decode(ids) == "Once upon a time";
//
// encode() never turns text into a special id: "<|endoftext|>" in a book is thirteen ordinary characters. Who wants special
// ids asks by name, t.special("<|endoftext|>"), or calls encode_special() on text of which every part can be trusted.
// Not here: files (tokenizer_files.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/bpe.hpp>
#include <stepgpt/token/byte.hpp>
#include <stepgpt/token/character.hpp>
#include <stepgpt/token/text_blocks.hpp>
#include <stepgpt/token/vocabulary.hpp>
#include <stepgpt/token/word.hpp>

namespace stepgpt {

class tokenizer {
public:
    using kinds = std::variant<byte_tokenizer, character_tokenizer, word_tokenizer, bpe_tokenizer>;

    struct special_token {
        std::string text;
        token id;
    };

    tokenizer() = default;   // bytes
    tokenizer(byte_tokenizer inside) : inside_(std::move(inside)) {}
    tokenizer(character_tokenizer inside) : inside_(std::move(inside)) {}
    tokenizer(word_tokenizer inside) : inside_(std::move(inside)) {}
    tokenizer(bpe_tokenizer inside) : inside_(std::move(inside)) {}

    const kinds& inside() const { return inside_; }
    std::string_view name() const {
        return std::visit([](const auto& kind) { return kind.name; }, inside_);
    }

    // One more than the largest id.
    std::size_t vocab_size() const { return pieces().size() + behind_; }

    std::vector<token> encode(std::string_view text) const {
        std::vector<token> ids;
        encode(text, ids);
        return ids;
    }

    // Puts the ids behind those already there. Long texts are shared out to all threads.
    void encode(std::string_view text, std::vector<token>& ids) const {
        std::visit([&](const auto& kind) { encode_blocks(kind, text, ids); }, inside_);
    }

    // As encode, but the texts of special tokens become their ids; of two that match, the longer one.
    std::vector<token> encode_special(std::string_view text) const {
        std::vector<token> ids;
        std::size_t plain = 0;   // text from here on is not encoded yet
        for (std::size_t at = 0; at < text.size();) {
            const special_token* match = nullptr;
            for (const auto& special : specials_)
                if (text.substr(at).starts_with(special.text) && (!match || special.text.size() > match->text.size()))
                    match = &special;
            if (!match) {
                ++at;
                continue;
            }
            encode(text.substr(plain, at - plain), ids);
            ids.push_back(match->id);
            plain = at += match->text.size();
        }
        encode(text.substr(plain), ids);
        return ids;
    }

    std::string decode(std::span<const token> ids) const {
        std::string text;
        for (const token id : ids) text += bytes(id);
        return text;
    }

    // What this id stands for: any bytes, not always whole characters.
    std::string_view bytes(token id) const {
        if (id < 0 || static_cast<std::size_t>(id) >= vocab_size())
            throw error({.where = "decode", .found = "token id " + std::to_string(id),
                         .wanted = "an id from 0 to " + std::to_string(vocab_size() - 1),
                         .hint = "these ids were made with another tokenizer"});
        const auto i = static_cast<std::size_t>(id);
        return i < pieces().size() ? pieces()[id] : std::string_view(specials_[specials_.size() - (vocab_size() - i)].text);
    }

    // The same for people: line ends, control bytes and halves of characters as \n and \xNN.
    std::string show(token id) const {
        std::string shown;
        for (std::string_view left = bytes(id); !left.empty();) {
            const auto character = decode_utf8(left, 0);
            const auto part = left.substr(0, character.length);
            if (character.valid) shown += printable(part);
            else for (const char byte : part) shown += hexadecimal(byte);
            left.remove_prefix(part.size());
        }
        return shown;
    }

    // Adds a special token behind all other ids, or finds it there.
    token add_special(std::string text) {
        if (text.empty()) throw error({.where = "tokenizer", .found = "a special token without text"});
        if (const auto known = special(text)) return *known;
        specials_.push_back({std::move(text), static_cast<token>(vocab_size())});
        ++behind_;
        return specials_.back().id;
    }

    // Makes a piece of a byte-pair vocabulary special that no merge gives, as <|endoftext|> is one of GPT-2's pieces.
    // Before add_special, and in the order of ids.
    void mark_special(token id) { specials_.push_back({std::string(pieces()[id]), id}); }

    std::optional<token> special(std::string_view text) const {
        for (const auto& known : specials_)
            if (known.text == text) return known.id;
        return std::nullopt;
    }

    bool is_special(token id) const {
        return std::any_of(specials_.begin(), specials_.end(), [id](const auto& special) { return special.id == id; });
    }

    const std::vector<special_token>& specials() const { return specials_; }   // in the order of their ids

    // The pieces that text is made of.
    const vocabulary& pieces() const {
        return std::visit([](const auto& kind) -> const vocabulary& { return kind.pieces(); }, inside_);
    }

    // A number that two tokenizers share only if they give the same ids for every text: for checkpoints and data folders.
    std::uint64_t hash() const {
        hasher h;
        const auto add = [&h](std::string_view bytes) {
            h.add(std::to_string(bytes.size()) + ":");
            h.add(bytes);
        };
        add(name());
        for (std::size_t id = 0; id < vocab_size(); ++id) add(bytes(static_cast<token>(id)));
        for (const auto& special : specials_) add(std::to_string(special.id));
        if (const auto* pairs = std::get_if<bpe_tokenizer>(&inside_)) {
            add(pairs->way() == bpe_tokenizer::look_up::merges_only ? "merges only" : "whole pieces first");
            for (const merge& m : pairs->merges().list())
                add(std::to_string(m.left) + " " + std::to_string(m.right) + " " +
                    std::to_string(pairs->merges().rank(m.left, m.right)));
        }
        return h.value();
    }

private:
    template <class Kind>
    static void encode_blocks(const Kind& kind, std::string_view text, std::vector<token>& ids) {
        if constexpr (std::is_same_v<Kind, word_tokenizer> || std::is_same_v<Kind, bpe_tokenizer>) {
            const auto blocks = text_blocks(text, static_cast<std::size_t>(thread_count()));
            std::vector<std::vector<token>> parts(blocks.size() - 1);   // of all blocks but the first
            parallel_for(blocks.size(), 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) kind.encode(blocks[i], i == 0 ? ids : parts[i - 1]);
            });
            for (const auto& part : parts) ids.insert(ids.end(), part.begin(), part.end());
        } else {
            kind.encode(text, ids);
        }
    }

    static std::string hexadecimal(char byte) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto value = static_cast<unsigned char>(byte);
        return {'\\', 'x', digits[value / 16], digits[value % 16]};
    }

    kinds inside_;
    std::vector<special_token> specials_;   // in the order of their ids
    std::size_t behind_ = 0;                // so many of them, the last, are no pieces: their ids follow those of the pieces
};

// Decodes ids as they come, a whole character at a time: bytes that have begun one are held back until it is complete.
class stream_decoder {
public:
    explicit stream_decoder(const tokenizer& t) : tokenizer_(&t) {}

    // The text that is certain now. The parts, and finish() at the end, make up what decode() gives for all ids.
    std::string push(token id) {
        held_ += tokenizer_->bytes(id);
        std::string ready = held_.substr(0, held_.size() - incomplete_utf8_tail(held_));
        held_.erase(0, ready.size());
        return ready;
    }

    // What is left when no id follows: nothing, or the beginning of a character.
    std::string finish() { return std::exchange(held_, {}); }

private:
    const tokenizer* tokenizer_;
    std::string held_;
};

}  // namespace stepgpt
