// JSON and JSON Lines -> one document a value.
//
// In JSON Lines every line is a value; in a JSON file every element of a top-level array is one, else the whole file.
// Which fields: those named in reading.options.fields ("meta.title"; lists on the way are walked: "messages.content"),
// else the first with a usual name ("text", "content", ...), else every string with a space in it. A value that is a
// string is a document itself. A broken value is complained of and left out; a file cut short keeps what came before.
//
//     read_json_lines(source, "stories.jsonl", to);
//     read_json_values(source, "stories.json", to);     // an array of any size passes through element by element
//
// Each value is read by core/json.hpp, strictly: a key twice in one object is an error, and so are more than 64 levels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/json.hpp>
#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/read.hpp>
#include <stepgpt/text/reading.hpp>

namespace stepgpt {

namespace detail {

// Appends every string that `path` leads to. Recursion ends: parse_json allows 64 levels.
inline void collect_strings(const json& value, std::string_view path, std::vector<std::string>& found) {
    if (value.is_array()) {
        for (const auto& element : value) collect_strings(element, path, found);
    } else if (path.empty()) {
        if (value.is_string()) found.push_back(value.get<std::string>());
    } else if (value.is_object()) {
        const auto whole = value.find(std::string(path));          // "a.b" may itself be a key
        if (whole != value.end()) return collect_strings(*whole, "", found);
        const std::size_t dot = path.find('.');
        const auto inner = value.find(std::string(path.substr(0, dot)));
        if (dot != path.npos && inner != value.end()) collect_strings(*inner, path.substr(dot + 1), found);
    }
}

inline void collect_sentences(const json& value, std::vector<std::string>& found) {
    if (value.is_string() && value.get_ref<const std::string&>().find(' ') != std::string::npos) found.push_back(value);
    if (value.is_structured()) {
        for (const auto& inner : value) collect_sentences(inner, found);
    }
}

inline std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const auto& part : parts) {
        if (!is_blank(part)) text.append(text.empty() ? "" : between).append(part);
    }
    return text;
}

}  // namespace detail

// The text of one value; "" if the fields are not there.
inline std::string json_document(const json& value, const std::vector<std::string>& fields) {
    if (value.is_string()) return value;
    std::vector<std::string> parts, found;
    for (const auto& path : fields) {
        found.clear();
        detail::collect_strings(value, path, found);
        parts.push_back(detail::joined(found, "\n"));
    }
    if (!fields.empty()) return detail::joined(parts, "\n\n");
    for (const auto usual : usual_text_fields) {
        if (value.is_object() && value.contains(std::string(usual)) && value[std::string(usual)].is_string()) {
            return value[std::string(usual)];
        }
    }
    detail::collect_sentences(value, found);
    return detail::joined(found, "\n\n");
}

namespace detail {

inline void keep_json(std::string_view text, const std::string& where, const reading& to) {
    const json value = parse_json(text, where);
    document found{json_document(value, to.options.fields), where};
    if (!is_blank(found.text)) return to.keep(std::move(found));
    if (!to.names_fields()) return;
    throw error(
        {.where = where,
         .subject = to.options.fields.front(),
         .found = "a value without this field",
         .wanted = "a string there, or strings in a list",
         .hint = value.is_object() && !value.empty() ? "its first field is '" + value.begin().key() + "'" : ""});
}

// Cuts a stream into JSON values: the elements of a top-level array, or whole top-level values. Brackets and strings
// are all it looks at; whether a value is right is for the parser.
class json_splitter {
public:
    // True when the value in text() has ended with, or just before, this character.
    bool add(char c) {
        if (done_) text_.clear(), done_ = false;
        if (in_string_) {
            text_ += c;
            in_string_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
            return done_ = !in_string_ && depth_ == 0;
        }
        if (c == '[' && depth_ == 0 && text_.empty() && !in_array_ && !seen_) {
            in_array_ = seen_ = true;
            return false;
        }
        if (depth_ == 0 && (c == ',' || c == ']' || is_space(c))) {
            closed_ = closed_ || (c == ']' && in_array_);
            return done_ = !text_.empty();                       // ends a number, true, false or null
        }
        seen_ = true;
        text_ += c;
        in_string_ = c == '"';
        if (c == '{' || c == '[') ++depth_;
        if ((c == '}' || c == ']') && depth_ > 0) return done_ = --depth_ == 0;
        return false;
    }

    const std::string& text() const { return text_; }
    bool open() const { return (!text_.empty() && !done_) || (in_array_ && !closed_); }

private:
    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

    std::string text_;
    std::size_t depth_ = 0;
    bool in_array_ = false, closed_ = false, seen_ = false, in_string_ = false, escaped_ = false, done_ = false;
};

}  // namespace detail

inline void read_json_lines(const byte_source& in, const std::string& where, const reading& to) {
    line_reader lines(in, to.options.record_bytes);
    while (lines.next()) {
        if (is_blank(lines.line())) continue;
        const std::string here = place(where, lines.number());
        try {
            expect_record(!lines.too_long(), to.options, here, "a line");
            detail::keep_json(lines.line(), here, to);
        } catch (const error& e) {
            to.complain(e);
        }
    }
}

inline void read_json_values(const byte_source& in, const std::string& where, const reading& to) {
    detail::json_splitter values;
    std::uint64_t line = 1, begun = 1, count = 0;
    each_block(in, [&](std::string_view block) {
        for (const char c : block) {
            if (values.text().size() <= 1) begun = line;
            line += c == '\n';
            const bool ended = values.add(c);
            expect_record(values.text().size() <= to.options.record_bytes, to.options, place(where, begun), "a value");
            if (!ended) continue;
            ++count;
            try {
                detail::keep_json(values.text(), place(where, begun), to);
            } catch (const error& e) {
                to.complain(e);
            }
        }
    });
    if (values.open()) {
        throw error({.where = where, .line = line, .found = "the end of the file inside a value",
                     .hint = "the file is cut short; the " + std::to_string(count) + " values before are kept"});
    }
}

}  // namespace stepgpt
