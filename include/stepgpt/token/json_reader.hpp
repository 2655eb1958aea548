// A strict reader of JSON (RFC 8259) from a hostile file: it pulls one value after the other, builds no tree, and knows
// at every moment where it is, so that an error names line and byte, and memory is taken only for what is kept.
//
//     json_reader in(bytes, "tokenizer.json");
//     in.object([&](const std::string& key) {
//         if (key == "version") version = in.string();
//         else in.skip();
//     });
//     in.end();
//
// Stricter than some: a key twice in one object, a byte-order mark, a lone surrogate, nesting beyond 64 are errors.
// Not here: numbers with fractions as values (skip() checks them), and writing JSON.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

class json_reader {
public:
    json_reader(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {
        begin_ = at_ = first_invalid_utf8(text);
        if (at_ != text.size()) fail("bytes that are no UTF-8", "UTF-8");
        begin_ = at_ = 0;
    }

    // The first byte of the next value: one of { [ " t f n - 0..9.
    char peek() {
        white_space();
        begin_ = at_;
        if (at_ == text_.size()) fail("the end of the file", "a value", "the file is cut short: copy or download it again");
        return text_[at_];
    }

    // Calls member(key) for every member; it must read the value.
    template <class Member>
    void object(Member&& member) {
        std::set<std::string, std::less<>> keys;
        members([&](std::string key) {
            const auto [place, fresh] = keys.insert(std::move(key));
            if (!fresh) fail("the key '" + printable(*place) + "' again", "every key once");
            member(*place);
        });
    }

    // The same without the memory for finding a key that comes twice: the caller will notice by itself.
    template <class Member>
    void members(Member&& member) {
        list('{', '}', "an object {...}", [&] {
            if (peek() != '"') fail(what_is_here(), "a key in quotes");
            std::string key = string();
            white_space();
            expect(':');
            member(std::move(key));
        });
    }

    // Calls element() for every element; it must read it.
    template <class Element>
    void array(Element&& element) {
        list('[', ']', "a list [...]", element);
    }

    std::string string() {
        if (peek() != '"') fail(what_is_here(), "a string in quotes");
        std::string value;
        for (++at_;;) {
            const std::size_t run = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && !control(text_[at_])) ++at_;
            value += text_.substr(run, at_ - run);
            if (at_ == text_.size()) fail("the end of the file inside a string", "a closing quote");
            if (control(text_[at_])) fail_here("a control character inside a string", "it escaped, as in \\n");
            if (text_[at_++] == '"') return value;
            escape(value);
        }
    }

    // A whole number that fits; 12.0 and 1e3 are none.
    std::int64_t integer() {
        const char first = peek();
        if (first != '-' && !digit(first)) fail(what_is_here(), "a whole number");
        number();
        const std::string_view field = text_.substr(begin_, at_ - begin_);
        std::int64_t value = 0;
        const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (problem != std::errc() || end != field.data() + field.size()) fail(std::string(field), "a whole number");
        return value;
    }

    bool boolean() {
        const char first = peek();
        if (first != 't' && first != 'f') fail(what_is_here(), "true or false");
        word(first == 't' ? "true" : "false");
        return first == 't';
    }

    // True, and it is behind us, if the next value is null.
    bool null() {
        if (peek() != 'n') return false;
        word("null");
        return true;
    }

    // Reads past a value of any kind and checks its grammar.
    void skip() {
        switch (peek()) {
            case '{': return object([this](const std::string&) { skip(); });
            case '[': return array([this] { skip(); });
            case '"': return static_cast<void>(string());
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            default: return number();
        }
    }

    // Throws unless nothing but white space is left.
    void end() {
        white_space();
        begin_ = at_;
        if (at_ != text_.size()) fail("more after the end of the value", "the end of the file");
    }

    // Throws an error about the value that was begun last.
    [[noreturn]] void fail(std::string found, std::string wanted, std::string hint = {}) const {
        const std::size_t place = std::min(at_, begin_);
        std::uint64_t line = 1;
        for (const char byte : text_.substr(0, place)) line += byte == '\n';
        throw error({.where = where_, .offset = place, .line = line, .found = std::move(found),
                     .wanted = std::move(wanted), .hint = std::move(hint)});
    }

private:
    static bool control(char byte) { return static_cast<unsigned char>(byte) < 0x20; }
    static bool digit(char byte) { return byte >= '0' && byte <= '9'; }
    bool here(char byte) const { return at_ < text_.size() && text_[at_] == byte; }

    void white_space() {
        while (here(' ') || here('\n') || here('\r') || here('\t')) ++at_;
    }

    std::string what_is_here() const {
        return at_ == text_.size() ? "the end of the file" : "'" + std::string(text_.substr(at_, 12)) + "'";
    }

    [[noreturn]] void fail_here(std::string found, std::string wanted) {
        begin_ = at_;
        fail(std::move(found), std::move(wanted));
    }

    void expect(char byte) {
        if (!here(byte)) fail_here(what_is_here(), std::string("'") + byte + "'");
        ++at_;
    }

    template <class Item>
    void list(char open, char close, const char* wanted, Item&& item) {
        if (peek() != open) fail(what_is_here(), wanted);
        if (++depth_ > 64) fail("values nested more than 64 deep", "a flatter file");
        ++at_;
        white_space();
        if (!here(close)) {
            item();
            for (white_space(); here(','); white_space()) {
                ++at_;
                item();
            }
        }
        expect(close);
        --depth_;
    }

    void word(std::string_view name) {
        if (text_.substr(at_, name.size()) != name) fail(what_is_here(), "a value");
        at_ += name.size();
    }

    void digits() {
        if (at_ == text_.size() || !digit(text_[at_])) fail(what_is_here(), "a digit");
        while (at_ < text_.size() && digit(text_[at_])) ++at_;
    }

    void number() {
        if (here('-')) ++at_;
        if (here('0')) ++at_;
        else if (at_ < text_.size() && digit(text_[at_])) digits();
        else fail(what_is_here(), "a value");
        if (at_ < text_.size() && digit(text_[at_])) fail("a number with a leading zero", "a number");
        if (here('.')) {
            ++at_;
            digits();
        }
        if (here('e') || here('E')) {
            ++at_;
            if (here('+') || here('-')) ++at_;
            digits();
        }
    }

    void escape(std::string& value) {
        constexpr std::string_view names = "\"\\/bfnrt", bytes = "\"\\/\b\f\n\r\t";
        const char name = at_ < text_.size() ? text_[at_++] : '\0';
        if (const auto plain = names.find(name); plain != std::string_view::npos) {
            value += bytes[plain];
            return;
        }
        if (name != 'u') fail_here("an unknown escape", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        char32_t code = four_hex_digits();
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            const char32_t low = four_hex_digits();
            if (low < 0xDC00 || low > 0xDFFF) fail_here("half of a surrogate pair", "both halves");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        if (code >= 0xD800 && code < 0xE000) fail_here("half of a surrogate pair", "both halves");
        append_utf8(value, code);
    }

    char32_t four_hex_digits() {
        unsigned code = 0;
        const auto field = text_.substr(at_, 4);
        const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), code, 16);
        if (problem != std::errc() || end != field.data() + 4) fail_here("a bad \\u escape", "four hexadecimal digits");
        at_ += 4;
        return code;
    }

    std::string_view text_;
    std::string where_;
    std::size_t at_ = 0, begin_ = 0;   // the next byte; where the latest value began
    int depth_ = 0;
};

}  // namespace stepgpt
