// A web page -> its text: headings, paragraphs, lists, tables and code, without menus, scripts and cookie notices.
//
//     std::string text = html_text(page, "about.html");
//
// Blocks stand a blank line apart, list items and table rows on lines of their own, cells a tab apart. Entities are
// decoded; <pre> keeps its white space. What goes is decided by the rules of text/html_rules.hpp.
// Not here: running scripts. A page that is empty without them stays empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <stepgpt/text/html_rules.hpp>
#include <stepgpt/text/html_tree.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

namespace detail {

inline bool is_html_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

// Words and the breaks between them. A break is written when a word follows it, so none is left over at the end.
class html_writer {
public:
    void text(std::string_view words, bool preformatted) {
        for (const char c : words) {
            if (preformatted && c == '\n') {
                write_breaks();
                text_ += '\n';
            } else if (!preformatted && is_html_space(c)) {
                space_ = true;
            } else {
                write_breaks();
                const char last = text_.empty() ? '\n' : text_.back();
                if (space_ && !is_html_space(last)) text_ += ' ';
                space_ = false;
                text_ += c;
            }
        }
    }

    // At least so many line ends before the next word: 1 begins a line, 2 a paragraph.
    void line_breaks(int count) {
        if (count == 0) return;
        breaks_ = std::max(breaks_, count);
        space_ = false;
    }

    void bullet(std::string mark) { bullet_ = std::move(mark); }

    void tab() {
        if (breaks_ == 0 && !text_.empty() && text_.back() != '\n') text_ += '\t';
        space_ = false;
    }

    std::string take() {
        while (!text_.empty() && is_html_space(text_.back())) text_.pop_back();
        return std::move(text_);
    }

private:
    void write_breaks() {
        if (breaks_ > 0) {
            while (text_.ends_with(' ') || text_.ends_with('\t')) text_.pop_back();
        }
        if (breaks_ > 0 && !text_.empty()) {
            const int have = text_.ends_with("\n\n") ? 2 : text_.ends_with("\n") ? 1 : 0;
            text_.append(static_cast<std::size_t>(std::max(0, breaks_ - have)), '\n');
        }
        breaks_ = 0;
        text_ += std::exchange(bullet_, {});
    }

    std::string text_, bullet_;
    int breaks_ = 0;
    bool space_ = false;
};

class html_reader {
public:
    html_reader(std::string_view page, const std::string& where) : page_(page, where) { weigh(); }

    std::string text() {
        top_ = main_part();
        const auto enter_it = [this](const GumboNode* node) { return enter(node); };
        walk(top_, enter_it, [this](const GumboNode* node) { leave(node); });
        return out_.take();
    }

private:
    // What every element holds, from the leaves up.
    void weigh() {
        const auto visible = [](const GumboNode* node) { return !is_element(node) || !is_invisible(node); };
        walk(page_.root(), visible, [this, visible](const GumboNode* node) {
            if (!visible(node)) return;
            html_share share;
            if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA) {
                for (const char* c = node->v.text.text; *c; ++c) share.text += !is_html_space(*c);
            } else if (is_element(node)) {
                html_share& mine = shares_[node];
                if (is_tag(node, "a") && !attribute(node, "href").empty()) mine.linked = mine.text, ++mine.links;
                mine.titles += is_tag(node, "h1");
                if (is_tag(node, "main") || attribute(node, "role") == "main") mains_.push_back(node);
                if (is_tag(node, "article")) articles_.push_back(node);
                if (mine.prose == 0 && is_prose(node, mine)) mine.prose = mine.text - mine.linked;
                share = mine;
            }
            html_share& above = shares_[node->parent];
            above.text += share.text, above.linked += share.linked;
            above.links += share.links, above.titles += share.titles, above.prose += share.prose;
        });
    }

    // <main>, or the only <article>, where that holds half of the page; else all of it.
    const GumboNode* main_part() {
        for (const auto* const candidates : {&mains_, &articles_}) {
            if (candidates->size() == 1 && 2 * shares_[candidates->front()].text >= shares_[page_.root()].text) {
                return candidates->front();
            }
        }
        return page_.root();
    }

    bool is_boilerplate(const GumboNode* node) {
        if (is_invisible(node)) return true;
        if (node == top_ || is_tag(node, "html body main article")) return false;
        const html_share& share = shares_[node];
        if (is_navigation(node, share) || is_list_of_links(node, share)) return true;
        // A name alone is weak evidence ("has-sidebar"): half of the page does not go on its word.
        return is_named_boilerplate(node, share) && 2 * share.text < shares_[top_].text;
    }

    bool enter(const GumboNode* node) {
        if (!is_element(node)) {
            if (node->type != GUMBO_NODE_COMMENT) out_.text(node->v.text.text, preformatted_ > 0);
            return false;
        }
        if (is_boilerplate(node)) {
            skipped_ = node;
            return false;
        }
        out_.line_breaks(is_tag(node, "br") ? 1 : breaks_around(node));
        if (is_tag(node, "ul ol")) numbers_.push_back(0);
        if (is_tag(node, "li") && !numbers_.empty()) {
            const bool counts = is_tag(node->parent, "ol");
            out_.bullet(counts ? std::to_string(++numbers_.back()) + ". " : "- ");
        }
        if (is_tag(node, "td th")) out_.tab();
        preformatted_ += is_tag(node, "pre");
        in_item_ += is_tag(node, "li td th dd");
        return true;
    }

    void leave(const GumboNode* node) {
        if (!is_element(node) || std::exchange(skipped_, nullptr) == node) return;
        in_item_ -= is_tag(node, "li td th dd");
        preformatted_ -= is_tag(node, "pre");
        if (is_tag(node, "ul ol")) numbers_.pop_back();
        out_.line_breaks(breaks_around(node));
    }

    // Blocks stand apart; inside a list item or a cell they only begin a line.
    int breaks_around(const GumboNode* node) const {
        if (is_tag(node, "li tr dt dd caption figcaption summary")) return 1;
        static constexpr std::string_view blocks =
            "p h1 h2 h3 h4 h5 h6 div blockquote pre ul ol dl table section article main header figure hr address "
            "details fieldset form center";
        const bool block = is_tag(node, blocks);
        return block ? (in_item_ > 0 ? 1 : 2) : 0;
    }

    html_tree page_;
    std::unordered_map<const GumboNode*, html_share> shares_;
    std::vector<const GumboNode*> mains_, articles_;
    const GumboNode *top_ = nullptr, *skipped_ = nullptr;
    std::vector<std::size_t> numbers_;   // of the open lists: how many items so far
    int preformatted_ = 0, in_item_ = 0;
    html_writer out_;
};

}  // namespace detail

inline std::string html_text(std::string_view page, const std::string& where = "HTML") {
    std::string text = detail::html_reader(page, where).text();
    // gumbo counts past what its int holds: &#xEEEEEEEEEEE8; comes out as bytes that are no character.
    return is_utf8(text) ? text : repair_utf8(text).text;
}

}  // namespace stepgpt
