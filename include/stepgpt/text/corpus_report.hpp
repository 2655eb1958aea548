// What was read, kept and dropped, and why: counted, with examples to look at.
//
// Sizes are bytes of UTF-8 text, but for source_info::file_bytes. However many files a corpus has, a report lists a
// thousand of them and counts the others together. Not here: showing it (batch/prepare_page.hpp), the work
// (text/corpus.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/text/clean.hpp>
#include <stepgpt/text/document.hpp>
#include <stepgpt/text/sources.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

struct amount {
    std::uint64_t documents = 0, bytes = 0;

    void add(std::uint64_t size) { ++documents, bytes += size; }
};

struct example {
    std::string source, before, after;       // after: of a rule that drops, the reason
};

struct rule_report {
    amount documents;                        // changed, or dropped; bytes of whole documents
    std::vector<example> examples;
};

struct source_report {
    source_info info;
    amount read, kept;
    std::map<std::size_t, amount> dropped;   // by the rule's number
};

// A page before and after: what the file holds and what is learned from.
struct text_sample {
    std::string source, kind, before, after;
};

// At most `size` bytes of `text` from `begin` on, widened to whole characters.
inline std::string excerpt(std::string_view text, std::size_t begin, std::size_t size) {
    const auto inside = [&](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    begin = std::min(begin, text.size());
    while (begin > 0 && inside(begin)) --begin;
    std::size_t end = std::min(begin + size, text.size());
    while (end > begin && inside(end)) --end;
    return std::string(begin > 0 ? "\u2026" : "") + std::string(text.substr(begin, end - begin)) +
           (end < text.size() ? "\u2026" : "");
}

// Where two texts begin to differ, with a little of what stands around it.
inline example difference(const std::string& source, std::string_view before, std::string_view after) {
    const std::size_t both = std::min(before.size(), after.size());
    const auto at = static_cast<std::size_t>(
        std::mismatch(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(both), after.begin()).first -
        before.begin());
    const std::size_t begin = at > 40 ? at - 40 : 0;
    return {source, excerpt(before, begin, 100), excerpt(after, begin, 100)};
}

struct corpus_report {
    static constexpr std::size_t most_sources = 1000, most_messages = 100, most_examples = 3;

    std::vector<source_report> sources;      // the last one stands for all that came after the first thousand
    std::uint64_t files = 0, files_without_text = 0, failures = 0;
    std::vector<std::string> messages;       // of failures: the first hundred
    std::vector<std::string> without_text;   // likewise
    std::vector<rule_report> rules;          // in the order of the rules
    std::vector<text_sample> samples;
    amount read, kept;
    std::uint64_t end_of_text_marks = 0;     // "<|endoftext|>" inside documents: ordinary text

    // Rules that changed a document: their first examples show where.
    void note_changes(const std::vector<rule>& all, const std::string& source, std::string_view before,
                      const cleaned& after) {
        for (const std::size_t i : after.changed) {
            rules[i].documents.add(before.size());
            if (rules[i].examples.size() >= most_examples) continue;
            const std::string edited = all[i].edit(before);
            if (edited != before) rules[i].examples.push_back(difference(source, before, edited));
        }
    }

    void note_lines(std::size_t i, const document& d, const std::string& line) {
        rules[i].documents.add(d.text.size());
        if (rules[i].examples.size() < most_examples) rules[i].examples.push_back({d.source, line, ""});
    }

    void note_drop(std::size_t source, std::size_t i, const example& shown) {
        rules[i].documents.add(shown.before.size());
        sources[source].dropped[i].add(shown.before.size());
        if (rules[i].examples.size() < most_examples) {
            rules[i].examples.push_back({shown.source, excerpt(shown.before, 0, 200), shown.after});
        }
    }

    void note_kept(std::size_t source, std::string_view text) {
        kept.add(text.size());
        sources[source].kept.add(text.size());
        end_of_text_marks += detail::count_of(text, "<|endoftext|>");
    }
};

}  // namespace stepgpt
