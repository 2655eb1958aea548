// Lines that many pages share: a site's name, its copyright notice, "Previous  Next".
//
//     repeated_lines lines;
//     for (page : a folder's pages) lines.count(page);
//     for (page : a folder's pages) page = lines.without(page);
//
// A line is boilerplate if it has letters, and at least ten pages and a tenth of all pages have it. Meant for the
// pages of one folder or site: in a collection of tales "The end." is no boilerplate, so it is applied to web pages
// and Markdown only.
//
// Memory: the table of counts is pruned whenever it outgrows its limit; what goes is what less than a twentieth of
// the pages so far had (Manku and Motwani, "Approximate frequency counts over data streams", VLDB 2002). A line that
// a tenth of all pages have can be missed if most of them come late; one that three twentieths have cannot.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/text/text_parts.hpp>

namespace stepgpt {

class repeated_lines {
public:
    static constexpr std::size_t at_least = 10, one_in = 10, largest_table = 1 << 20;

    void count(std::string_view page) {
        ++pages_;
        std::unordered_set<std::uint64_t> mine;
        for (const auto line : parts_of(page, "\n")) {
            if (says_something(line)) mine.insert(hash64(line));
        }
        for (const std::uint64_t line : mine) ++counts_[line];
        if (counts_.size() > largest_table) {
            std::erase_if(counts_, [this](const auto& entry) { return 2 * one_in * entry.second < pages_; });
        }
    }

    // Forgets all lines that are no boilerplate: call it when all pages are counted.
    void finish() {
        std::erase_if(counts_, [this](const auto& entry) { return !is_boilerplate(entry.second); });
    }

    bool empty() const { return counts_.empty(); }

    // The page without them, and without the empty lines that they leave at its ends. `dropped` gets the lines that
    // went.
    std::string without(std::string_view page, std::vector<std::string>* dropped = nullptr) const {
        std::string out;
        for (std::size_t begin = 0; begin < page.size();) {
            const std::size_t end = std::min(page.find('\n', begin), page.size() - 1) + 1;
            const std::string_view line = page.substr(begin, end - begin);
            begin = end;
            const auto words = parts_of(line, "\n");
            const auto known = words.empty() ? counts_.end() : counts_.find(hash64(words[0]));
            if (known == counts_.end() || !is_boilerplate(known->second)) out += line;
            else if (dropped) dropped->emplace_back(words[0]);
        }
        if (out.size() < page.size()) {
            out.erase(0, out.find_first_not_of('\n'));
            out.erase(out.find_last_not_of('\n') + 1);
        }
        return out;
    }

private:
    // "}", "[...]" and "---" stand in many texts, and mean no harm.
    static bool says_something(std::string_view line) {
        std::size_t letters = 0;
        for (const char c : line)
            letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
        return letters >= 3;
    }

    bool is_boilerplate(std::size_t count) const { return count >= at_least && one_in * count >= pages_; }

    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
    std::size_t pages_ = 0;
};

}  // namespace stepgpt
