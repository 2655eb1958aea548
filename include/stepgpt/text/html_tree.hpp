// A parsed web page, through gumbo, Google's HTML5 parser in C. Needs gumbo: STEPGPT_HAS_GUMBO, set by CMake.
//
//     html_tree page(bytes, "about.html");
//     walk(page.root(), enter, leave);
//
// Gumbo reads anything at all without an error. What it does not guard against is a page made to harm: its time grows
// with the square of the nesting depth, and its own clean-up calls itself once a level. So depth is checked before
// parsing, all its memory comes from one arena that is dropped at once, and no walk here recurses. Not here: what of
// the page is text worth keeping (text/html.hpp).
#pragma once

#if !defined(STEPGPT_HAS_GUMBO) || !STEPGPT_HAS_GUMBO
#error "text/html_tree.hpp needs gumbo: install it (Debian: libgumbo-dev) and configure again, or leave this header out"
#endif

#include <gumbo.h>

#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>

namespace stepgpt {

// Is `word` one of these, written with a space between them?
inline bool among(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

namespace detail {

// How deep elements nest, at most: an end tag counts only where it closes the innermost open element, so what pages
// leave open counts as depth. Cheap, linear, and good enough to refuse what would take the parser minutes.
class html_depth {
public:
    explicit html_depth(std::string_view page) {
        for (std::size_t at = page.find('<'); at < page.size(); at = page.find('<', at)) {
            if (page.substr(at, 4) == "<!--") {
                at = page.find("-->", at + 2);
                continue;
            }
            const bool closes = page.substr(at, 2) == "</";
            at += closes ? 2 : 1;
            const std::string name = lower_name(page, at);
            if (name.empty()) continue;
            if (closes) close(name);
            else open(name);
            if (!closes && (name == "script" || name == "style")) at = page.find("</", at);   // no tags inside
            deepest_ = std::max(deepest_, open_.size());
        }
    }

    std::size_t deepest() const { return deepest_; }

private:
    static std::string lower_name(std::string_view page, std::size_t at) {
        std::string name;
        for (; at < page.size() && name.size() < 12; ++at) {
            const char c = static_cast<char>(page[at] | 0x20);
            if (c < 'a' || c > 'z') break;
            name += c;
        }
        return name;
    }

    // Elements that end where another one of their kind begins, or where their parent ends.
    static bool ends_by_itself(std::string_view name) {
        return among("p li dt dd td th tr tbody thead option colgroup", name);
    }

    void open(const std::string& name) {
        if (among("br img hr meta link input col area base wbr param source", name)) return;   // they hold nothing
        if (!open_.empty() && open_.back() == name && ends_by_itself(name)) return;
        open_.push_back(name);
    }

    void close(const std::string& name) {
        std::size_t top = open_.size();
        while (top > 0 && open_[top - 1] != name && ends_by_itself(open_[top - 1])) --top;
        if (top > 0 && open_[top - 1] == name) open_.resize(top - 1);
    }

    std::vector<std::string> open_;
    std::size_t deepest_ = 0;
};

}  // namespace detail

class html_tree {
public:
    static constexpr std::size_t deepest = 3000;   // real pages stay below 100; more, and gumbo takes seconds

    html_tree(std::string_view page, const std::string& where) {
        const std::size_t depth = detail::html_depth(page).deepest();
        if (depth > deepest) {
            throw error({.where = where,
                         .found = "tags nested, or left open, " + std::to_string(depth) + " deep",
                         .wanted = "at most " + std::to_string(deepest),
                         .hint = "this page was made by a broken program, or to do harm"});
        }
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0;   // each error would keep a copy of all open elements
        options.userdata = &arena_;
        options.allocator = [](void* arena, std::size_t size) {
            return static_cast<std::pmr::monotonic_buffer_resource*>(arena)->allocate(size);
        };
        options.deallocator = [](void*, void*) {};
        root_ = gumbo_parse_with_options(&options, page.data(), page.size())->root;
    }
    html_tree(const html_tree&) = delete;
    html_tree& operator=(const html_tree&) = delete;

    const GumboNode* root() const { return root_; }   // <html>

private:
    std::pmr::monotonic_buffer_resource arena_;
    const GumboNode* root_ = nullptr;
};

inline bool is_element(const GumboNode* node) {
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

// Visits a tree in the order of the page: enter(node) says whether to go into it, leave(node) follows its children.
template <class Enter, class Leave>
void walk(const GumboNode* top, Enter&& enter, Leave&& leave) {
    struct place {
        const GumboNode* node;
        unsigned child;
    };
    std::vector<place> path;
    const auto visit = [&](const GumboNode* node) {
        if (enter(node) && is_element(node)) path.push_back({node, 0});
        else leave(node);
    };
    visit(top);
    while (!path.empty()) {
        const GumboNode* const node = path.back().node;
        const GumboVector& children = node->v.element.children;
        if (path.back().child < children.length) {
            visit(static_cast<const GumboNode*>(children.data[path.back().child++]));
        } else {
            path.pop_back();
            leave(node);
        }
    }
}

// "p", "div"; a tag that this parser has no name for, as the page spells it.
inline std::string_view tag_of(const GumboNode* node) {
    if (node->v.element.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(node->v.element.tag);
    GumboStringPiece name = node->v.element.original_tag;
    gumbo_tag_from_original_text(&name);
    return {name.data ? name.data : "", name.length};
}

// Is this an element with one of these tags?
inline bool is_tag(const GumboNode* node, std::string_view tags) {
    return is_element(node) && among(tags, tag_of(node));
}

// The value of an attribute, "" if it is not there.
inline std::string_view attribute(const GumboNode* node, const char* name) {
    const GumboAttribute* const found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found ? found->value : std::string_view();
}

}  // namespace stepgpt
