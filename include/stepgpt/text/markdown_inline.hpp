// The marks inside a paragraph of Markdown, taken away: emphasis, code, links, images, tags, escapes.
//
//     plain_of("See **the [manual](http://x.org)**, `2*3` and 2 * 3") == "See the manual, 2*3 and 2 * 3"
//
// Each step crosses out bytes and leaves the rest for the next: what is in backquotes is out of reach of all others,
// and brackets and stars count only in pairs, so a lone star stays. Linear in the text, however the marks are nested;
// where CommonMark would backtrack, the nearest pair is taken. Not here: blocks (text/markdown.hpp).
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

namespace detail {

class markdown_inline {
public:
    explicit markdown_inline(std::string_view text) : text_(text), state_(text.size(), open) {}

    std::string plain() {
        code_spans();
        escapes();
        tags();
        links();
        emphasis();
        std::string out;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (state_[i] != crossed_out) out += text_[i];
        }
        return out;
    }

private:
    enum : char { open, literal, crossed_out };   // literal: text that is no mark, whatever it looks like

    void mark(std::size_t begin, std::size_t end, char as) {
        for (std::size_t i = begin; i < end; ++i) {
            if (state_[i] != crossed_out) state_[i] = as;
        }
    }

    std::size_t run_at(std::size_t at) const {
        std::size_t end = at;
        while (end < text_.size() && text_[end] == text_[at] && state_[end] == open) ++end;
        return end - at;
    }

    // `code` and ``code with ` in it``: a run of backquotes is closed by the next run of the same length.
    void code_spans() {
        std::vector<std::size_t> begins, lengths;
        for (std::size_t at = text_.find('`'); at < text_.size(); at = text_.find('`', at)) {
            begins.push_back(at);
            lengths.push_back(run_at(at));
            at += lengths.back();
        }
        constexpr std::size_t longest = 8;        // real code has one or two; with a bound the search is linear
        std::vector<std::size_t> next(begins.size(), begins.size());
        std::size_t seen[longest + 1];
        std::fill(std::begin(seen), std::end(seen), begins.size());
        for (std::size_t i = begins.size(); i-- > 0;) {
            if (lengths[i] > longest) continue;
            next[i] = seen[lengths[i]];
            seen[lengths[i]] = i;
        }
        for (std::size_t i = 0; i < begins.size(); ++i) {
            const std::size_t j = next[i];
            if (j == begins.size()) continue;
            mark(begins[i], begins[i] + lengths[i], crossed_out);
            mark(begins[i] + lengths[i], begins[j], literal);
            mark(begins[j], begins[j] + lengths[j], crossed_out);
            i = j;
        }
    }

    void escapes() {
        for (std::size_t i = 0; i + 1 < text_.size(); ++i) {
            if (text_[i] != '\\' || state_[i] != open || state_[i + 1] != open) continue;
            if (!std::ispunct(static_cast<unsigned char>(text_[i + 1])) && text_[i + 1] != '\n') continue;
            state_[i] = crossed_out;
            state_[++i] = literal;
        }
    }

    // <b>, </b>, <br/>, <!-- comments --> go; of <http://x.org> and <me@x.org> the address stays.
    void tags() {
        const std::size_t last = text_.rfind('>');
        for (std::size_t at = text_.find('<'); last != text_.npos && at < last; at = text_.find('<', at + 1)) {
            if (state_[at] != open) continue;
            const bool comment = text_.compare(at, 4, "<!--") == 0;
            const std::size_t found = comment ? text_.find("-->", at + 2) : text_.find_first_of("<>", at + 1);
            if (found == text_.npos || text_[found] == '<') continue;
            const std::size_t end = found + (comment ? 3 : 1);
            const std::string_view inside = text_.substr(at + 1, end - at - 2);
            const bool address = inside.find(' ') == inside.npos &&
                                 (inside.find("://") != inside.npos || inside.find('@') != inside.npos);
            const char first = inside.empty() ? ' ' : inside[0];
            if (address) {
                state_[at] = state_[end - 1] = crossed_out;
                mark(at + 1, end - 1, literal);
            } else if (std::isalpha(static_cast<unsigned char>(first)) || first == '/' || comment) {
                mark(at, end, crossed_out);
            }
            at = end - 1;
        }
    }

    // [text](url), [text][id], ![alt](url): the text stays. [^1] goes. Other brackets are text.
    void links() {
        std::vector<std::size_t> begins;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (state_[i] != open) continue;
            if (text_[i] == '[') begins.push_back(i);
            if (text_[i] != ']' || begins.empty()) continue;
            const std::size_t begin = begins.back();
            begins.pop_back();
            const char next = i + 1 < text_.size() ? text_[i + 1] : ' ';
            std::size_t end = next == '(' ? closing(i + 1, '(', ')') : next == '[' ? closing(i + 1, '[', ']') : 0;
            const bool footnote = text_[begin + 1] == '^';
            if (footnote) end = i + 1;
            if (end == 0) continue;
            const bool image = begin > 0 && text_[begin - 1] == '!' && state_[begin - 1] == open;
            mark(begin - image, footnote ? i : begin + 1, crossed_out);
            mark(i, end, crossed_out);
            i = end - 1;
        }
    }

    // Behind the bracket that closes the one at `at`, or 0. Addresses are short: a bound keeps this linear.
    std::size_t closing(std::size_t at, char opens, char closes) const {
        std::size_t depth = 0;
        for (std::size_t i = at; i < std::min(text_.size(), at + 2000); ++i) {
            depth += text_[i] == opens;
            if (text_[i] == closes && --depth == 0) return i + 1;
        }
        return 0;
    }

    // *em*, **strong**, _em_, ~~gone~~: a run opens where a word follows it and closes where a word precedes it.
    void emphasis() {
        struct run {
            std::size_t at, length;
        };
        std::vector<run> opened[3];               // *, _, ~
        for (std::size_t at = 0; at < text_.size(); ++at) {
            const std::size_t kind = std::string_view("*_~").find(text_[at]);
            if (kind == std::string_view::npos || state_[at] != open) continue;
            const std::size_t length = run_at(at), end = at + length;
            const char before = at > 0 ? text_[at - 1] : ' ', after = end < text_.size() ? text_[end] : ' ';
            const bool in_word = is_word(before) && is_word(after);
            const bool may_open = !is_space(after) && !(kind == 1 && in_word);      // snake_case is one word
            const bool may_close = !is_space(before) && !(kind == 1 && in_word);
            auto& stack = opened[kind];
            const bool is_mark = kind != 2 || length == 2;                          // ~~ crosses out, ~ does nothing
            if (is_mark && may_close && !stack.empty() && stack.back().length >= length) {
                const run opener = stack.back();
                mark(opener.at + opener.length - length, opener.at + opener.length, crossed_out);
                mark(at, end, crossed_out);
                stack.back().length -= length;    // ***both* strong**: the outer part stays open
                if (stack.back().length == 0) stack.pop_back();
            } else if (is_mark && may_open) {
                stack.push_back({at, length});
            }
            at = end - 1;
        }
    }

    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
    static bool is_word(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || static_cast<signed char>(c) < 0;
    }

    std::string_view text_;
    std::string state_;
};

}  // namespace detail

inline std::string plain_of(std::string_view paragraph) { return detail::markdown_inline(paragraph).plain(); }

}  // namespace stepgpt
