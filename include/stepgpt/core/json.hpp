// JSON as RFC 8259 has it and not one byte more, by nlohmann/json. Its habits that we do not share: of two equal keys
// it keeps the last without a word, it takes a NUL byte for the end, and it nests as deep as it is told to.
//
//     const json config = read_json("config.json");
//
// or, without building anything, by a json_events that sees keys and values pass. Errors give the line and the byte up
// to which the text had been read. A byte order mark is dropped: editors put it there. Not here: what the keys mean.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>

namespace stepgpt {

using json = nlohmann::json;

// An object of named values: json_object({{"steps", 300}, {"lr", 1e-3}}). The library's own lists of lists of values look
// the same, and take three times as much code, which every program that includes them has to compile.
struct json_member {
    const char* name;
    json value;
};

inline json json_object(std::initializer_list<json_member> members) {
    json object = json::object();
    for (const json_member& member : members) object[member.name] = member.value;
    return object;
}

namespace detail {

// The bytes of a text as nlohmann's parser asks for them; how far it has come is seen by whoever owns `read`.
class watched_bytes {
public:
    using char_type = char;

    watched_bytes(std::string_view text, std::size_t* read) : text_(text), read_(read) {}
    std::char_traits<char>::int_type get_character() {
        if (*read_ >= text_.size()) return std::char_traits<char>::eof();
        return std::char_traits<char>::to_int_type(text_[(*read_)++]);
    }

private:
    std::string_view text_;
    std::size_t* read_;
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: what we want"
inline std::string without_prefix(std::string_view message) {
    for (const std::string_view mark : {"] ", ": "})
        if (const auto at = message.find(mark); at != std::string_view::npos && (mark == "] " || message.starts_with("parse")))
            message.remove_prefix(at + 2);
    return std::string(message);
}

}  // namespace detail

// A JSON text, its place in a file, and how far it has been read.
class json_source {
public:
    json_source(std::string_view text, std::string where, std::uint64_t start = 0)
        : text_(text), where_(std::move(where)), start_(start) {
        const auto nul = text.find('\0');
        if (nul == std::string_view::npos) return;
        read_ = nul + 1;
        fail({.where = where_, .found = "a NUL byte", .wanted = "JSON"});
    }

    detail::watched_bytes bytes() { return {text_, &read_}; }
    const std::string& where() const { return where_; }
    void read_up_to(std::size_t position) { read_ = std::min(position, text_.size()); }
    std::uint64_t offset() const { return start_ + (read_ > 0 ? read_ - 1 : 0); }    // of the byte read last

    // Adds to what is known of a failure how far the text had been read, and throws.
    [[noreturn]] void fail(complaint what) const {
        what.offset = offset();
        if (start_ == 0) what.line = 1 + std::count(text_.data(), text_.data() + read_, '\n');
        throw error(std::move(what));
    }

private:
    std::string_view text_;
    std::string where_;
    std::uint64_t start_;
    std::size_t read_ = 0;
};

// Keys and values as they pass by. A handler overrides what it accepts; everything else is refused with what was found.
class json_events : public nlohmann::json_sax<json> {
public:
    explicit json_events(json_source& source) : source_(source) {}

    // Lets the whole text pass. All handlers share this one parser, which is taken as it is: json::sax_parse would bring
    // readers of CBOR, BSON and three more formats with it, and compile all of them once more for every handler.
    void read() { nlohmann::detail::parser<json, detail::watched_bytes>(source_.bytes()).sax_parse(this); }

    bool null() override { return refuse("null"); }
    bool boolean(bool) override { return refuse("true or false"); }
    bool number_integer(std::int64_t value) override { return refuse("the negative number " + std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) override { return refuse("the number " + std::to_string(value)); }
    bool number_float(double, const std::string& text) override { return refuse("the number " + text); }
    bool string(std::string& text) override { return refuse("the text \"" + text + "\""); }
    bool binary(binary_t&) override { return refuse("bytes"); }
    bool start_object(std::size_t) override { return refuse("an object"); }
    bool start_array(std::size_t) override { return refuse("an array"); }
    bool key(std::string&) override { return true; }
    bool end_object() override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) override {
        source_.read_up_to(position);
        return refuse(detail::without_prefix(e.what()));
    }

protected:
    virtual bool refuse(const std::string& found) { source_.fail({.where = source_.where(), .found = found}); }

    json_source& source_;
};

namespace detail {

// Builds the value.
class json_builder final : public json_events {
public:
    using json_events::json_events;

    json value;

    bool null() override { return place(nullptr) != nullptr; }
    bool boolean(bool b) override { return place(b) != nullptr; }
    bool number_integer(std::int64_t n) override { return place(n) != nullptr; }
    bool number_unsigned(std::uint64_t n) override { return place(n) != nullptr; }
    bool number_float(double x, const std::string&) override { return place(x) != nullptr; }
    bool string(std::string& text) override { return place(std::move(text)) != nullptr; }
    bool start_object(std::size_t) override { return open(json::value_t::object); }
    bool start_array(std::size_t) override { return open(json::value_t::array); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& key) override {
        if (open_.back()->contains(key))
            source_.fail({.where = source_.where(), .subject = key, .found = "a key twice in one object",
                          .hint = "keep the one that is meant"});
        key_ = std::move(key);
        return true;
    }

private:
    static constexpr std::size_t deepest = 64;

    bool refuse(const std::string& found) override {
        source_.fail({.where = source_.where(), .found = found, .wanted = "JSON"});
    }

    // Puts a value where the text has it: into the innermost container that is open.
    json* place(json found) {
        if (open_.empty()) return &(value = std::move(found));
        json& inside = *open_.back();
        if (inside.is_object()) return &(inside[key_] = std::move(found));
        inside.push_back(std::move(found));
        return &inside.back();
    }

    bool open(json::value_t kind) {
        if (open_.size() >= deepest) source_.fail({.where = source_.where(), .found = "more than 64 levels of nesting"});
        open_.push_back(place(kind));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    std::vector<json*> open_;      // containers, the innermost last: nothing is added to one while another is open in it
    std::string key_;
};

}  // namespace detail

// The value that the text stands for. Throws on anything that is not JSON, on equal keys in one object, and on more
// than 64 levels.
inline json parse_json(std::string_view text, const std::string& where) {
    json_source source(text, where);
    detail::json_builder builder(source);
    builder.read();
    return std::move(builder.value);
}

// A JSON file of at most `limit` bytes (configurations are small; a larger one is some other file).
inline json read_json(const std::filesystem::path& path, std::uint64_t limit = 16 << 20) {
    return parse_json(read_file(path, limit), path.string());
}

}  // namespace stepgpt
