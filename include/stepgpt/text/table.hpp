// Comma-, tab-, semicolon- or bar-separated values (RFC 4180) -> one document a row.
//
// Which columns: those named in reading.options.fields (or numbered there, from 1), else the first column with a usual
// name ("text", "content", ...), else the whole row, as "name: value" lines. The first row is the header if its fields
// are different, short and no numbers. A row with more or fewer fields than the first is complained of and left out.
//
//     read_table(source, ',', "news.csv", to);
//
// A field in quotes may hold separators, line ends and doubled quotes; a quote elsewhere is a character like any other.
// Not here: spreadsheets; save them as CSV.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/nearest.hpp>
#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/read.hpp>
#include <stepgpt/text/reading.hpp>

namespace stepgpt {

using table_row = std::vector<std::string>;

// Fields from characters, one at a time.
class row_parser {
public:
    explicit row_parser(char separator) : separator_(separator) {}

    // True when this character ends a row; then take() has it.
    bool add(char c) {
        ++size_;
        if (quoted_ && c != '"') {
            field_ += c;
        } else if (c == '"' && (quoted_ || was_quote_ || field_.empty())) {
            if (was_quote_) field_ += '"';          // the second of two inside quotes
            quoted_ = !quoted_;
            was_quote_ = !quoted_;
            return false;
        } else if (c == separator_) {
            end_field();
        } else if (c == '\n') {
            if (!field_.empty() && field_.back() == '\r') field_.pop_back();
            end_field();
            return true;
        } else {
            field_ += c;
        }
        was_quote_ = false;
        return false;
    }

    bool in_quotes() const { return quoted_; }
    std::size_t size() const { return size_; }

    table_row take() {
        table_row row = std::move(row_);
        *this = row_parser(separator_);
        return row;
    }

private:
    void end_field() {
        row_.push_back(std::move(field_));
        field_.clear();
    }

    char separator_;
    table_row row_;
    std::string field_;
    std::size_t size_ = 0;
    bool quoted_ = false, was_quote_ = false;
};

inline bool looks_like_header(const table_row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string& name = row[i];
        const bool number = name.find_first_not_of("0123456789.,+-%eE ") == std::string::npos;
        const bool twice = std::find(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(i), name) !=
                           row.begin() + static_cast<std::ptrdiff_t>(i);
        if (name.empty() || number || twice || name.size() > 40 || name.find('\n') != std::string::npos) return false;
    }
    return row.size() > 1 || (row.size() == 1 && std::find(std::begin(usual_text_fields), std::end(usual_text_fields),
                                                           row[0]) != std::end(usual_text_fields));
}

namespace detail {

class table_reader {
public:
    table_reader(std::string where, const reading& to) : where_(std::move(where)), to_(to) {}

    void add(table_row row, std::uint64_t line) {
        if (row.size() == 1 && is_blank(row[0])) return;
        if (width_ == 0) {
            width_ = row.size();
            const bool header = looks_like_header(row);
            choose_columns(header ? row : table_row());
            if (header) return;
        }
        if (row.size() != width_) {
            return to_.complain(error({.where = where_, .line = line, .found = std::to_string(row.size()) + " fields",
                                       .wanted = std::to_string(width_) + ", as in the first row",
                                       .hint = "a field with separators or quotes in it must be in quotes"}));
        }
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (is_blank(row[columns_[i]])) continue;
            text += (text.empty() ? "" : labels_.empty() ? "\n\n" : "\n");
            if (!labels_.empty()) text += labels_[i] + ": ";
            text += row[columns_[i]];
        }
        if (!text.empty()) to_.keep({std::move(text), place(where_, line)});
    }

private:
    void choose_columns(const table_row& names) {
        for (const auto& field : to_.options.fields) {
            std::size_t number = 0;
            const auto named = std::find(names.begin(), names.end(), field);
            const auto digits = std::from_chars(field.data(), field.data() + field.size(), number);
            if (named != names.end()) {
                columns_.push_back(static_cast<std::size_t>(named - names.begin()));
            } else if (digits.ptr == field.data() + field.size() && number >= 1 && number <= width_) {
                columns_.push_back(number - 1);
            }
        }
        if (columns_.empty() && to_.names_fields()) {
            throw error(
                {.where = where_,
                 .line = 1,
                 .subject = to_.options.fields.front(),
                 .found = names.empty() ? std::to_string(width_) + " columns without names" : joined(names),
                 .wanted = "a column of this name",
                 .hint = names.empty() ? "give its number, from 1" : did_you_mean(to_.options.fields.front(), names)});
        }
        for (const auto usual : usual_text_fields) {
            const auto named = std::find(names.begin(), names.end(), usual);
            if (columns_.empty() && named != names.end()) columns_ = {static_cast<std::size_t>(named - names.begin())};
        }
        if (!columns_.empty()) return;
        for (std::size_t i = 0; i < width_; ++i) columns_.push_back(i);
        labels_ = names;
    }

    static std::string joined(const table_row& names) {
        std::string text;
        for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }

    std::string where_;
    const reading& to_;
    std::size_t width_ = 0;
    std::vector<std::size_t> columns_;
    std::vector<std::string> labels_;   // of the columns, where they are part of the text
};

}  // namespace detail

inline void read_table(const byte_source& in, char separator, const std::string& where, const reading& to) {
    detail::table_reader rows(where, to);
    row_parser row(separator);
    std::uint64_t line = 1, row_line = 1;
    bool skipping = false;                        // the rest of a row that was too long
    each_block(in, [&](std::string_view block) {
        for (const char c : block) {
            line += c == '\n';
            if (skipping) {
                skipping = c != '\n';
                row_line = line;
                continue;
            }
            if (row.add(c)) {
                rows.add(row.take(), row_line);
                row_line = line;
            } else if (row.size() > to.options.record_bytes) {
                to.complain(error({.where = where, .line = row_line,
                                   .found = "a row of more than " + std::to_string(to.options.record_bytes) + " bytes",
                                   .hint = row.in_quotes() ? "is the quote in it never closed?" : ""}));
                row.take();
                skipping = true;
            }
        }
    });
    if (row.in_quotes()) {
        to.complain(error({.where = where, .line = row_line, .found = "a quote that is never closed",
                           .hint = "all rows from here on are lost"}));
    } else if (row.size() > 0 && row.add('\n')) {
        rows.add(row.take(), row_line);
    }
}

// The separator that a text's first rows agree on: every complete row has as many fields. Commas have to have no space
// behind them as a rule, or they are a sentence's.
inline std::optional<char> guess_separator(std::string_view head, bool named_so = false) {
    for (const char separator : {'\t', ',', ';', '|'}) {
        row_parser row(separator);
        std::size_t rows = 0, agree = 0, width = 0, spaced = 0, separators = 0;
        for (std::size_t i = 0; i < head.size() && rows < 200; ++i) {
            separators += head[i] == separator;
            spaced += head[i] == separator && i + 1 < head.size() && head[i + 1] == ' ';
            if (!row.add(head[i])) continue;
            const table_row fields = row.take();
            if (rows++ == 0) width = fields.size();
            agree += fields.size() == width;
        }
        if (rows == 0 && row.add('\n')) {
            width = row.take().size();
            rows = agree = 1;
        }
        const std::size_t enough = named_so ? 1 : 5, least = named_so || separator == '\t' ? 2 : 3;
        const std::size_t share = named_so ? 50 : 100;      // per cent of the rows; a name is evidence too
        if (rows >= enough && width >= least && 100 * agree >= share * rows &&
            (named_so || 10 * spaced <= separators)) {
            return separator;
        }
    }
    return std::nullopt;
}

}  // namespace stepgpt
