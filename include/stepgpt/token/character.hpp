// Character tokens: one id for each character (Unicode code point) that occurs in a text, in the order of code points, as
// nanoGPT's. A character that did not occur has no id: encoding it is an error that names it and its place.
#pragma once

#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/text/utf8.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

class character_tokenizer {
public:
    static constexpr std::string_view name = "character";

    // The pieces are characters; ids count up from 0 in their order.
    explicit character_tokenizer(vocabulary characters) : pieces_(std::move(characters)) {
        for (token code = 0; code < 128; ++code) {
            const char piece = static_cast<char>(code);
            ascii_[code] = pieces_.find({&piece, 1});
        }
    }

    const vocabulary& pieces() const { return pieces_; }

    void encode(std::string_view text, std::vector<token>& ids) const {
        ids.reserve(ids.size() + text.size());
        for (std::size_t at = 0; at < text.size();) {
            const auto byte = static_cast<unsigned char>(text[at]);
            const std::size_t length = byte < 0x80 ? 1 : decode_utf8(text, at).length;
            const token id = byte < 0x80 ? ascii_[byte] : pieces_.find(text.substr(at, length));
            if (id == vocabulary::none) unknown(text, at);
            ids.push_back(id);
            at += length;
        }
    }

private:
    [[noreturn]] void unknown(std::string_view text, std::size_t at) const {
        const auto character = decode_utf8(text, at);
        char code[16] = "";
        if (character.valid) std::snprintf(code, sizeof code, "U+%04X ", static_cast<unsigned>(character.value));
        throw error({.where = "text to encode",
                     .offset = at,
                     .found = character.valid ? code + ("'" + std::string(text.substr(at, character.length)) + "'")
                                              : "bytes that are no UTF-8",
                     .wanted = "one of the " + std::to_string(pieces_.size()) + " characters of the training text",
                     .hint = "leave it out, or prepare the data with --tokenizer byte or bpe, which know every text"});
    }

    vocabulary pieces_;
    token ascii_[128];
};

// Collects the characters of any number of texts, given whole or in pieces that do not cut a character in two.
class character_trainer {
public:
    void add(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const auto byte = static_cast<unsigned char>(text[at]);
            const auto character = decode_utf8(text, at);
            if (!character.valid)
                throw error({.where = "training text", .offset = before_ + at, .found = "bytes that are no UTF-8",
                             .wanted = "UTF-8",
                             .hint = "prepare the data with --tokenizer byte or bpe, or repair the text first"});
            if (byte >= 0x80) others_.insert(character.value);
            else ascii_[byte] = true;
            at += character.length;
        }
        before_ += text.size();
    }

    character_tokenizer train() const {
        vocabulary characters;
        const auto add_code = [&characters](char32_t code) {
            std::string piece;
            append_utf8(piece, code);
            characters.add(piece);
        };
        for (char32_t code = 0; code < 128; ++code)
            if (ascii_[code]) add_code(code);
        for (const char32_t code : others_) add_code(code);
        return character_tokenizer(std::move(characters));
    }

private:
    bool ascii_[128] = {};
    std::set<char32_t> others_;
    std::size_t before_ = 0;   // bytes in earlier texts
};

}  // namespace stepgpt
