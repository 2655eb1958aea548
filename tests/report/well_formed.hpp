// Is this XML? Enough of the question for what the report room writes: elements nest, attributes are quoted and occur
// once, & begins one of five entities, no byte is one that XML forbids. Not here: what the elements mean.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/report/markup.hpp>

namespace test {

// What is wrong with text between tags or in an attribute, or null.
inline const char* text_fault(std::string_view text) {
    for (std::size_t at = 0, length; at < text.size(); at += length) {
        length = stepgpt::detail::character_length(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto rest = text.substr(at);
        if (length == 0) return "a byte that is not UTF-8";
        if (byte < 0x20 && byte != '\n' && byte != '\t') return "a control byte";
        if (byte == '<') return "a bare <";
        if (byte != '&') continue;
        bool known = false;
        for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) known |= rest.starts_with(entity);
        if (!known) return "a bare &";
    }
    return nullptr;
}

// "" if it is; otherwise what is wrong, and where.
inline std::string xml_fault(std::string_view text) {
    std::vector<std::string> open;
    std::size_t at = 0, roots = 0;
    const auto fault = [&](const std::string& what) { return what + " at byte " + std::to_string(at); };
    for (const std::string_view prologue : {"<?xml version='1.0' encoding='UTF-8'?>", "<!DOCTYPE html>"})
        if (text.starts_with(prologue)) at = prologue.size();
    while (at < text.size()) {
        if (text[at] != '<') {
            const auto words = text.substr(at, text.find('<', at) - at);
            if (const char* bad = text_fault(words)) return fault(bad);
            if (open.empty() && words.find_first_not_of(" \n") != words.npos) return fault("text outside");
            at += words.size();
            continue;
        }
        const bool closing = text.substr(at).starts_with("</");
        const auto name_begin = at + (closing ? 2 : 1), name_end = text.find_first_of(" />", name_begin);
        const std::string name(text.substr(name_begin, name_end - name_begin));
        if (name.empty() || name_end == text.npos) return fault("a tag without a name");
        if (closing) {
            if (open.empty() || open.back() != name)
                return fault("</" + name + "> closes " + (open.empty() ? "nothing" : open.back()));
            open.pop_back();
            at = name_end + 1;
            continue;
        }
        if (open.empty() && ++roots > 1) return fault("a second root");
        std::set<std::string_view> attributes;
        for (at = name_end; at < text.size() && text[at] == ' ';) {
            const auto equals = std::min(text.find('=', at), text.size() - 2);
            const auto quote = text[equals + 1];
            const auto close = text.find(quote, equals + 2);
            if (text[equals] != '=' || (quote != '\'' && quote != '"') || close == text.npos)
                return fault("an attribute without a quoted value");
            if (!attributes.insert(text.substr(at + 1, equals - at - 1)).second) return fault("an attribute twice");
            if (const char* bad = text_fault(text.substr(equals + 2, close - equals - 2))) return fault(bad);
            at = close + 1;
        }
        const bool empty = text.substr(at).starts_with("/>");
        if (!empty && !text.substr(at).starts_with(">")) return fault("a tag that does not end");
        if (!empty) open.push_back(name);
        at += empty ? 2 : 1;
    }
    return open.empty() ? "" : fault(open.back() + " stays open");
}

inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace test
