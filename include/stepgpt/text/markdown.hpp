// Markdown -> its text: CommonMark's blocks and GitHub's tables, without the marks.
//
//     std::string text = markdown_text("# Bread\n\nFlour, *water* and [salt](http://salt.org).\n");
//
// Headings and paragraphs stay, list items keep their bullets, code keeps every space, table cells stand a tab apart.
// The front matter (--- or +++ at the top), rules, link definitions and HTML tags go. Not here: HTML blocks full of
// text; the tags go and what they hold stays.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/text/markdown_inline.hpp>

namespace stepgpt {

namespace detail {

class markdown_reader {
public:
    explicit markdown_reader(std::string_view text) {
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            std::string_view line = text.substr(begin, end - begin);
            if (line.ends_with('\r')) line.remove_suffix(1);
            lines_.push_back(line);
            begin = end + 1;
        }
    }

    std::string text() {
        for (std::size_t i = after_front_matter(); i < lines_.size(); ++i) read(i);
        end_paragraph();
        while (out_.ends_with('\n')) out_.pop_back();
        return std::move(out_);
    }

private:
    std::size_t after_front_matter() const {
        if (lines_.empty() || (lines_[0] != "---" && lines_[0] != "+++")) return 0;
        for (std::size_t i = 1; i < lines_.size(); ++i) {
            if (lines_[i] == lines_[0] || (lines_[0] == "---" && lines_[i] == "...")) return i + 1;
        }
        return 0;
    }

    void read(std::size_t number) {
        std::string_view line = lines_[number];
        const std::string_view bare = trimmed(line);
        if (!fence_.empty()) {
            if (bare.starts_with(fence_) && bare.find_first_not_of(fence_[0]) == bare.npos) fence_.clear();
            else out_.append(line).append("\n");
            return;
        }
        if (bare.starts_with("```") || bare.starts_with("~~~")) {
            end_paragraph();
            fence_ = bare.substr(0, std::min(bare.find_first_not_of(bare[0]), bare.size()));
            return;
        }
        while (trimmed(line).starts_with('>')) line = line.substr(line.find('>') + 1);      // of any depth
        const std::string_view content = trimmed(line);
        if (content.empty()) {
            end_paragraph();
            if (!out_.empty()) out_ += '\n';
        } else if (paragraph_.empty() && (line.starts_with("    ") || line.starts_with('\t')) && !in_list_) {
            out_.append(line).append("\n");                                                 // indented code
        } else if (is_rule(content)) {
            end_paragraph();                                                                // also underlines a heading
        } else if (content[0] == '#' && heading_level(content) > 0) {
            end_paragraph();
            paragraph_ = trimmed(content.substr(heading_level(content)));
            while (paragraph_.ends_with('#') || paragraph_.ends_with(' ')) paragraph_.pop_back();
            end_paragraph();
        } else if (is_definition(content)) {
            end_paragraph();
        } else if (content.find('|') != content.npos && in_table(number)) {
            end_paragraph();
            if (!is_table_rule(content)) table_row(content);
        } else {
            text_line(line, content);
        }
    }

    void text_line(std::string_view line, std::string_view content) {
        const std::size_t bullet = bullet_length(content);
        if (bullet > 0) {
            end_paragraph();
            in_list_ = true;
            const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
            std::string_view item = trimmed(content.substr(bullet));
            if (item.starts_with("[ ] ") || item.starts_with("[x] ") || item.starts_with("[X] ")) item.remove_prefix(4);
            const bool number = content[0] >= '0' && content[0] <= '9';
            paragraph_ =
                std::string(indent) + (number ? std::string(content.substr(0, bullet)) : "- ") + std::string(item);
        } else {
            if (line[0] != ' ' && line[0] != '\t' && paragraph_.empty()) in_list_ = false;
            paragraph_ += (paragraph_.empty() ? "" : "\n") + std::string(content);
        }
    }

    void end_paragraph() {
        if (!paragraph_.empty()) out_.append(plain_of(paragraph_)).append("\n");
        paragraph_.clear();
    }

    void table_row(std::string_view row) {
        if (row.starts_with('|')) row.remove_prefix(1);
        if (row.ends_with('|')) row.remove_suffix(1);
        for (bool first = true;; first = false) {
            const std::size_t bar = std::min(row.find('|'), row.size());
            if (!first) out_ += '\t';
            out_ += plain_of(trimmed(row.substr(0, bar)));
            if (bar == row.size()) break;
            row.remove_prefix(bar + 1);
        }
        out_ += '\n';
    }

    // Is this line of a table: |---|:-:| stands under its first line, and no line between lacks a bar.
    bool in_table(std::size_t number) {
        if (number < table_end_) return true;
        if (number + 1 >= lines_.size() || !is_table_rule(trimmed(lines_[number + 1]))) return false;
        table_end_ = number + 2;
        while (table_end_ < lines_.size() && lines_[table_end_].find('|') != lines_[table_end_].npos) ++table_end_;
        return true;
    }

    static bool is_table_rule(std::string_view line) {
        return line.find("-") != line.npos && line.find('|') != line.npos &&
               line.find_first_not_of("|:- \t") == line.npos;
    }

    // ---, * * *, ___ and === (under a heading)
    static bool is_rule(std::string_view line) {
        std::size_t marks = 0;
        for (const char c : line) {
            if (c != line[0] && c != ' ') return false;
            marks += c == line[0];
        }
        return (marks >= 3 && std::string_view("-*_=").find(line[0]) != std::string_view::npos);
    }

    static std::size_t heading_level(std::string_view line) {
        const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
        return marks <= 6 && (marks == line.size() || line[marks] == ' ') ? marks : 0;
    }

    // [id]: http://...
    static bool is_definition(std::string_view line) {
        const std::size_t end = line.find("]: ");
        return line[0] == '[' && end != line.npos && line.size() > 1 && line[1] != '^' && line.find(' ') > end;
    }

    // "- ", "* ", "+ ", "12. ", "3) "
    static std::size_t bullet_length(std::string_view line) {
        if (std::string_view("-*+").find(line[0]) != std::string_view::npos)
            return line.size() > 1 && line[1] == ' ' ? 2 : 0;
        const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
        const bool dot =
            digits > 0 && digits < 10 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')');
        return dot && line[digits + 1] == ' ' ? digits + 2 : 0;
    }

    static std::string_view trimmed(std::string_view line) {
        const std::size_t begin = line.find_first_not_of(" \t"), end = line.find_last_not_of(" \t");
        return begin == line.npos ? std::string_view() : line.substr(begin, end - begin + 1);
    }

    std::vector<std::string_view> lines_;
    std::string fence_, paragraph_, out_;
    std::size_t table_end_ = 0;
    bool in_list_ = false;
};

}  // namespace detail

inline std::string markdown_text(std::string_view text) { return detail::markdown_reader(text).text(); }

}  // namespace stepgpt
