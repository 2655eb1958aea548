// The rules, in the order in which they are applied, and what they did to a document.
//
//     std::vector<rule> rules = standard_rules();
//     switch_rules(rules, "gopher", true);                       // all whose names begin so
//     rules.push_back({"recipes", "drops what is no recipe", true, {}, [](const text_parts& t) {
//         return t.text.find("flour") == t.text.npos ? "no flour" : "";
//     }});
//     cleaned c = clean(text, rules);
//
// A rule edits (a text to a text) or judges (a text to the reason why it should go, "" if it may stay). A rule is a
// name, a line of prose and one small function; to read or change it, open the file named beside it. Three rules need
// all documents at once and have neither function here: text/repeated_lines.hpp and text/near_duplicates.hpp do their
// work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/text/c4.hpp>
#include <stepgpt/text/edits.hpp>
#include <stepgpt/text/gopher.hpp>
#include <stepgpt/text/mask.hpp>
#include <stepgpt/text/nfc.hpp>
#include <stepgpt/text/read.hpp>
#include <stepgpt/text/text_parts.hpp>

namespace stepgpt {

struct rule {
    std::string name, what;
    bool on = true;
    std::function<std::string(std::string_view)> edit = {};
    std::function<std::string(const text_parts&)> judge = {};

    // Does it drop whole documents? (Duplicates are found among all of them: no function of one text can judge that.)
    bool drops() const { return judge || name.ends_with("duplicates"); }
};

inline std::string nothing_left(const text_parts& t) { return t.words.empty() ? "no words" : ""; }

inline std::vector<rule> standard_rules() {
    return {
        // text/edits.hpp, text/nfc.hpp, text/mask.hpp
        {"newlines", "every line ends in \\n", true, normalize_newlines},
        {"controls", "control characters and invisible ones go", true, remove_controls},
        {"spaces", "every kind of space is a space", true, normalize_spaces},
        {"nfc", "one spelling for each letter: Unicode's form C", true, to_nfc},
        {"trim", "no blanks at line ends, at most two empty lines in a row", false, trim_lines},
        {"mask", "e-mail and IP addresses, telephone and card numbers become <email>, <ip>, <phone>, <card>", false,
         mask_personal},
        // text/repeated_lines.hpp
        {"repeated_lines", "lines that a tenth of a folder's web pages share go", true},
        // text/c4.hpp
        {"c4_lines", "lines without five words or a full stop go, and those about cookies", false, c4_lines},
        {"empty", "drops documents of which nothing is left", true, {}, nothing_left},
        {"c4_sentences", "drops texts of fewer than three sentences", false, {}, c4_sentences},
        {"c4_placeholder", "drops texts with lorem ipsum in them", false, {}, c4_placeholder},
        {"c4_code", "drops texts with a curly bracket in them", false, {}, c4_code},
        // text/gopher.hpp
        {"gopher_words", "drops texts of fewer than 50 or more than 100,000 words", false, {}, gopher_words},
        {"gopher_word_length", "drops texts whose words have on average less than 3 or more than 10 bytes", false, {},
         gopher_word_length},
        {"gopher_symbols", "drops texts with more than one # or ... in ten words", false, {}, gopher_symbols},
        {"gopher_bullets", "drops texts of which nine tenths are bullet points", false, {}, gopher_bullets},
        {"gopher_ellipses", "drops texts of which three tenths of the lines end in ...", false, {}, gopher_ellipses},
        {"gopher_letters", "drops texts of which a fifth of the words have no letter", false, {}, gopher_letters},
        {"gopher_stop_words", "drops texts without two of: the be to of and that have with", false, {},
         gopher_stop_words},
        {"gopher_repeated_lines", "drops texts that repeat lines or paragraphs", false, {}, gopher_repeated_lines},
        {"gopher_repeated_phrases", "drops texts that repeat their phrases", false, {}, gopher_repeated_phrases},
        // text/near_duplicates.hpp
        {"duplicates", "drops documents that are equal to an earlier one", true},
        {"near_duplicates", "drops documents that share most of their phrases of five words with an earlier one", true},
    };
}

// Switches the rule of this name, or all whose names begin with it and an underscore.
inline void switch_rules(std::vector<rule>& rules, const std::string& name, bool on) {
    bool known = false;
    std::vector<std::string> names;
    for (auto& one : rules) {
        names.push_back(one.name);
        if (one.name != name && !one.name.starts_with(name + "_")) continue;
        one.on = on;
        known = true;
    }
    if (known) return;
    throw error({.where = "cleaning rules",
                 .subject = name,
                 .found = "no rule of this name",
                 .hint = did_you_mean(name, names)});
}

// Where the rule of this name is, or rules.size().
inline std::size_t find_rule(const std::vector<rule>& rules, std::string_view name) {
    std::size_t i = 0;
    while (i < rules.size() && rules[i].name != name) ++i;
    return i;
}

inline bool is_on(const std::vector<rule>& rules, std::string_view name) {
    const std::size_t i = find_rule(rules, name);
    return i < rules.size() && rules[i].on;
}

struct cleaned {
    std::string text;
    std::vector<std::size_t> changed;       // the rules that changed something
    std::size_t dropped_by = SIZE_MAX;      // the rule that says it should go
    std::string why;

    bool dropped() const { return dropped_by != SIZE_MAX; }
};

// Applies rules[first .. last - 1] that are on.
inline cleaned clean(std::string text, const std::vector<rule>& rules, std::size_t first, std::size_t last) {
    cleaned result;
    result.text = std::move(text);
    for (std::size_t i = first; i < last; ++i) {
        if (!rules[i].on || !rules[i].edit) continue;
        std::string edited = rules[i].edit(result.text);
        if (edited == result.text) continue;
        result.text = std::move(edited);
        result.changed.push_back(i);
    }
    std::optional<text_parts> parts;
    for (std::size_t i = first; i < last && !result.dropped(); ++i) {
        if (!rules[i].on || !rules[i].judge) continue;
        if (!parts) parts.emplace(result.text);
        result.why = rules[i].judge(*parts);
        if (!result.why.empty()) result.dropped_by = i;
    }
    return result;
}

inline cleaned clean(std::string text, const std::vector<rule>& rules) {
    return clean(std::move(text), rules, 0, rules.size());
}

}  // namespace stepgpt
