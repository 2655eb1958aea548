// What all readers share: what they are told, where documents go, and where complaints go.
//
//     reading to{.options = {.fields = {"title", "text"}}, .keep = [&](document d) { ... }};
//     read_table(as_utf8(file_bytes("news.csv"), seen), "news.csv", to);
//
// A reader passes documents on one by one and keeps none, so a source of any size takes bounded memory. A row that is
// broken is complained of and left out; the rest goes on, unless `complain` throws, as its default does.
// Not here: the readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/text/document.hpp>

namespace stepgpt {

struct reading_options {
    std::vector<std::string> fields =
        {};   // columns of tables, paths in JSON ("meta.title"); empty: each reader's rule
    std::vector<std::string> separators = {};     // a line that is one of these parts two documents of a plain text
    std::size_t record_bytes = 16 << 20;          // the largest row, JSON value, Markdown file or web page
    std::size_t piece_bytes = 4 << 20;            // a longer plain text goes on in pieces of at most this
};

struct reading {
    reading_options options = {};
    std::function<void(document)> keep = {};
    std::function<void(const error&)> complain = [](const error& e) { throw e; };

    [[nodiscard]] bool names_fields() const { return !options.fields.empty(); }
};

// Column names and keys that hold a document's text, by common use; the first one that is there is taken.
inline constexpr std::string_view usual_text_fields[] = {"text",     "content",     "body",     "article",
                                                         "document", "story",       "abstract", "review",
                                                         "sentence", "description", "quote"};

// Throws if a thing that has to be in memory as a whole is too large for that.
inline void expect_record(bool fits, const reading_options& options, const std::string& where,
                          const std::string& what) {
    if (fits) return;
    throw error({.where = where, .found = what + " of more than " + std::to_string(options.record_bytes) + " bytes",
                 .hint = "split it into several files, or save its text as plain text, which may be of any size"});
}

// The place of a row: "stories.jsonl:1204".
inline std::string place(const std::string& where, std::uint64_t line) { return where + ":" + std::to_string(line); }

}  // namespace stepgpt
