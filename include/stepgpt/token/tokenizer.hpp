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

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/byte.hpp>
#include <stepgpt/token/character.hpp>
#include <stepgpt/token/vocabulary.hpp>
#include <stepgpt/token/word.hpp>

namespace stepgpt {

class tokenizer {
public:
    using kinds = std::variant<byte_tokenizer, character_tokenizer, word_tokenizer>;

    struct special_token {
        std::string text;
        token id;
    };

    tokenizer() = default;   // bytes
    tokenizer(byte_tokenizer inside) : inside_(std::move(inside)) {}
    tokenizer(character_tokenizer inside) : inside_(std::move(inside)) {}
    tokenizer(word_tokenizer inside) : inside_(std::move(inside)) {}

    const kinds& inside() const { return inside_; }
    std::string_view name() const {
        return std::visit([](const auto& kind) { return kind.name; }, inside_);
    }

    // One more than the largest id.
    std::size_t vocab_size() const { return pieces().size() + specials_.size(); }

    std::vector<token> encode(std::string_view text) const {
        std::vector<token> ids;
        encode(text, ids);
        return ids;
    }

    // Puts the ids behind those already there.
    void encode(std::string_view text, std::vector<token>& ids) const {
        std::visit([&](const auto& kind) { kind.encode(text, ids); }, inside_);
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
        return i < pieces().size() ? pieces()[id] : std::string_view(specials_[i - pieces().size()].text);
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
        return specials_.back().id;
    }

    std::optional<token> special(std::string_view text) const {
        for (const auto& known : specials_)
            if (known.text == text) return known.id;
        return std::nullopt;
    }

    const std::vector<special_token>& specials() const { return specials_; }

    // The pieces that text is made of; the special tokens' ids follow theirs.
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
        add(std::to_string(specials_.size()));
        return h.value();
    }

private:
    static std::string hexadecimal(char byte) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto value = static_cast<unsigned char>(byte);
        return {'\\', 'x', digits[value / 16], digits[value % 16]};
    }

    kinds inside_;
    std::vector<special_token> specials_;   // their ids are pieces().size(), pieces().size() + 1, ...
};

// Decodes ids as they come, a whole character at a time: bytes that have begun one are held back until it is complete.
class stream_decoder {
public:
    explicit stream_decoder(const tokenizer& t) : tokenizer_(&t) {}

    // The text that is certain now. The parts, and finish() at the end, make up what decode() gives for all ids.
    std::string push(token id) {
        held_ += tokenizer_->bytes(id);
        const std::size_t held = incomplete_utf8_tail(held_);
        std::string ready = held_.substr(0, held_.size() - held);
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
