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
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>

namespace stepgpt {

using json = nlohmann::json;

namespace detail {

// Bytes of a text; the copy that the parser advances tells the others how far it has come.
class watched_byte {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    watched_byte(const char* at, std::size_t* read) : at_(at), read_(read) {}
    reference operator*() const { return *at_; }
    watched_byte& operator++() {
        ++at_;
        ++*read_;
        return *this;
    }
    watched_byte operator++(int) {
        const auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const watched_byte& a, const watched_byte& b) { return a.at_ == b.at_; }
    friend bool operator!=(const watched_byte& a, const watched_byte& b) { return a.at_ != b.at_; }

private:
    const char* at_;
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

    detail::watched_byte begin() { return {text_.data(), &read_}; }
    detail::watched_byte end() { return {text_.data() + text_.size(), &read_}; }
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

// The value that the text stands for. Throws on anything that is not JSON, on equal keys in one object, and on more
// than 64 levels.
inline json parse_json(std::string_view text, const std::string& where) {
    constexpr int deepest = 64;
    json_source source(text, where);
    std::vector<std::set<std::string>> keys;                   // of the objects that are open
    try {
        return json::parse(source.begin(), source.end(), [&](int depth, json::parse_event_t event, json& value) {
            using on = json::parse_event_t;
            if ((event == on::object_start || event == on::array_start) && depth >= deepest)
                source.fail({.where = where, .found = "more than 64 levels of nesting"});
            if (event == on::object_start) keys.emplace_back();
            if (event == on::object_end) keys.pop_back();
            if (event == on::key && !keys.back().insert(value.get<std::string>()).second)
                source.fail({.where = where, .subject = value.get<std::string>(),
                             .found = "a key twice in one object", .hint = "keep the one that is meant"});
            return true;
        });
    } catch (const json::parse_error& e) {
        source.read_up_to(e.byte);
        source.fail({.where = where, .found = detail::without_prefix(e.what()), .wanted = "JSON"});
    } catch (const json::exception& e) {                       // a number too large for a double
        source.fail({.where = where, .found = detail::without_prefix(e.what()), .wanted = "JSON"});
    }
}

// A JSON file of at most `limit` bytes (configurations are small; a larger one is some other file).
inline json read_json(const std::filesystem::path& path, std::uint64_t limit = 16 << 20) {
    return parse_json(read_file(path, limit), path.string());
}

}  // namespace stepgpt
