// What a file holds, by its first 64 KiB; its name is only asked where the content leaves a doubt.
//
//     content_kind k = kind_of(head_as_utf8, "notes.md");
//
// A fortune file has no name ending, exports are called .txt, and web pages .php: so web pages, JSON, JSON Lines,
// tables and separated texts are known by their looks. Not here: reading them (text/sources.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/json.hpp>
#include <stepgpt/text/encoding.hpp>
#include <stepgpt/text/table.hpp>

namespace stepgpt {

enum class text_format { plain, html, markdown, table, json, json_lines };

inline const char* name_of(text_format f) {
    constexpr const char* names[] = {"plain text", "web page", "Markdown", "table", "JSON", "JSON Lines"};
    return names[static_cast<int>(f)];
}

struct content_kind {
    text_format is = text_format::plain;
    char separator = 0;                      // of a table's columns
    std::vector<std::string> separators = {};   // lines that part documents
};

namespace detail {

inline std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return lower;
}

// Is this JSON, as far as it goes: a whole value, or the beginning of one that the end of `head` cuts?
inline bool begins_as_json(std::string_view head) {
    struct looker : nlohmann::json_sax<json> {
        bool null() override { return true; }
        bool boolean(bool) override { return true; }
        bool number_integer(std::int64_t) override { return true; }
        bool number_unsigned(std::uint64_t) override { return true; }
        bool number_float(double, const std::string&) override { return true; }
        bool string(std::string&) override { return true; }
        bool binary(binary_t&) override { return true; }
        bool start_object(std::size_t) override { return true; }
        bool start_array(std::size_t) override { return true; }
        bool key(std::string&) override { return true; }
        bool end_object() override { return true; }
        bool end_array() override { return true; }
        bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
            broke_at = at;
            return false;
        }
        std::size_t broke_at = 0;
    } looks;
    return json::sax_parse(head, &looks, json::input_format_t::json, false) || looks.broke_at >= head.size();
}

inline bool is_json_object_or_list(std::string_view line) {
    return (line.starts_with('{') || line.starts_with('[')) && json::accept(line);
}

inline std::size_t count_of(std::string_view text, std::string_view word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) ++count;
    return count;
}

}  // namespace detail

// `head` is the beginning of a text, as UTF-8; `name` its file name, without .gz.
inline content_kind kind_of(std::string_view head, const std::string& name) {
    const std::string lower_name = detail::lower_ascii(name), page = detail::lower_ascii(head.substr(0, 4096));
    const auto named = [&](std::initializer_list<std::string_view> endings) {
        return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return lower_name.ends_with(ending); });
    };
    const std::size_t begin = std::min(head.find_first_not_of(" \t\r\n"), head.size());
    const std::string_view text = head.substr(begin);
    const std::string_view first_line = text.substr(0, text.find('\n')), rest = text.substr(first_line.size());

    const bool tagged = text.starts_with('<');
    if (tagged && (page.find("<!doctype html") != page.npos || page.find("<html") != page.npos ||
                   page.find("<head") != page.npos || page.find("<body") != page.npos || text.starts_with("<?xml"))) {
        return {text_format::html};
    }
    if (named({".html", ".htm", ".xhtml"}) && text.find('<') != text.npos) return {text_format::html};

    if (named({".jsonl", ".ndjson"})) return {text_format::json_lines};
    if (text.starts_with('{') || text.starts_with('[')) {
        const bool more = rest.find_first_not_of(" \t\r\n") != rest.npos;
        if (more && detail::is_json_object_or_list(first_line)) return {text_format::json_lines};
        if (detail::begins_as_json(text)) return {text_format::json};
    }
    if (named({".json"})) return {text_format::json};

    const bool named_table = named({".csv", ".tsv", ".tab", ".psv"});
    if (const auto separator = guess_separator(head, named_table)) return {text_format::table, *separator};

    const std::size_t headings =
        detail::count_of(head, "\n# ") + detail::count_of(head, "\n## ") + text.starts_with("# ");
    const bool marks = head.find("](") != head.npos || detail::count_of(head, "\n```") >= 2;
    if (named({".md", ".markdown", ".mkd"}) || (headings >= 2 && marks)) return {text_format::markdown};

    content_kind plain;
    const std::string lines = "\n" + std::string(head);
    if (detail::count_of(lines, "\n%\n") + detail::count_of(lines, "\n%\r\n") >= 2) plain.separators.push_back("%");
    if (lines.find("\n<|endoftext|>\n") != lines.npos) plain.separators.push_back("<|endoftext|>");
    return plain;
}

// What a file that is no text probably is, with what to do about it; nothing for a text.
struct not_text {
    std::string what, hint;
};

inline std::optional<not_text> recognise_binary(std::string_view head) {
    static constexpr struct {
        std::string_view magic;
        const char *what, *hint;
    } known[] = {
        {"%PDF-", "a PDF file", "convert it: pdftotext FILE.pdf"},
        {"PK\x03\x04", "a zip archive, or an office document, which is one",
         "unzip it, or convert it: pandoc -t plain"},
        {"\xD0\xCF\x11\xE0", "an old office document", "save it as plain text"},
        {"{\\rtf", "a rich text file", "save it as plain text"},
        {"BZh", "a bzip2 file", "bunzip2 it first"},
        {"\xFD\x37zXZ", "an xz file", "unxz it first"},
        {"\x28\xB5\x2F\xFD", "a zstd file", "unzstd it first"},
        {"7z\xBC\xAF", "a 7z archive", "unpack it first"},
        {"PAR1", "a Parquet file", "export it as JSON Lines or CSV"},
        {"SQLite format 3", "an SQLite database", "export it as CSV"},
        {"\x89PNG", "a picture", ""},
        {"GIF8", "a picture", ""},
        {"\xFF\xD8\xFF", "a picture", ""},
        {"\x7F\x45LF", "a program", ""},
        {"OggS", "a sound", ""},
        {"ID3", "a sound", ""},
        {"RIFF", "a sound or a film", ""},
    };
    for (const auto& one : known) {
        if (head.starts_with(one.magic)) return not_text{one.what, one.hint};
    }
    if (head.size() > 512 && head.substr(257, 5) == "ustar") return not_text{"a tar archive", "unpack it first"};
    return std::nullopt;
}

// More than one byte in a hundred that texts do not have.
inline bool looks_binary(const encoding_verdict& seen) {
    const bool wide = seen.is == encoding::utf16_little || seen.is == encoding::utf16_big;
    return !wide && 100 * seen.controls > seen.bytes;
}

}  // namespace stepgpt
