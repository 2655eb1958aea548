// Why a sentence is wrong: the explanation behind a verdict.
//
// Of all ways to go on that the grammar has, those that fit the sentence longest show what it should have been: the
// word where they stop is the fault, and what they wanted there is the correction. What kind of fault it is shows in
// the node that wanted it: a pronoun, a remembered word, or plain text.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/text/tales/reader.hpp>
#include <stepgpt/text/tales/verdict.hpp>

namespace stepgpt {

namespace detail {
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\''; }

// The word that starts at `at`, or one byte that is no letter; empty at the end.
inline std::string_view word_at(std::string_view text, std::size_t at) {
    std::size_t size = 0;
    while (at + size < text.size() && is_letter(text[at + size])) ++size;
    return at < text.size() ? text.substr(at, std::max<std::size_t>(size, 1)) : std::string_view();
}
}  // namespace detail

// Every word of the grammar, small and capital letters apart, sorted.
inline std::set<std::string, std::less<>> tale_vocabulary(const tale_grammar& g) {
    std::set<std::string, std::less<>> words;
    const auto add = [&](std::string_view text) {
        for (std::size_t i = 0; i < text.size();) {
            const std::string_view word = detail::word_at(text, i);
            if (detail::is_letter(word[0])) words.emplace(word);
            i += word.size();
        }
    };
    for (const auto& n : g.nodes()) {
        if (n.what == tale_grammar::text) add(n.bytes);
        if (n.what != tale_grammar::anew && n.what != tale_grammar::slot_word) continue;
        for (const auto& word : g.lists()[n.what == tale_grammar::anew ? n.which : g.slots()[n.which].from].words)
            add(word.as[n.as]);
    }
    return words;
}

class tale_explainer {
public:
    explicit tale_explainer(const tale_grammar& g) : g_(g), reader_(g) {}

    // `elsewhere`: the same readings at every sentence of their plots.
    tale_finding explain(const tale_readings& before, const tale_readings& elsewhere, std::string_view sentence) {
        const auto opening = std::string(sentence.substr(0, sentence.find(' ')));
        if (std::all_of(before.begin(), before.end(), [&](const tale_reading& r) { return reader_.finished(r); }))
            return {tale_fault::story_over, 0, 0, 0, opening, "a blank line"};
        if (!reader_.after(elsewhere, sentence).empty()) return {tale_fault::out_of_place, 0, 0, 0, opening, {}};

        const std::vector<miss> misses = farthest_misses(before, sentence);
        const std::size_t at = misses.empty() ? 0 : misses.front().at;
        tale_finding f{tale_fault::unexpected_word, 0, 0, at, std::string(detail::word_at(sentence, at)), {}};
        if (vocabulary_.empty()) vocabulary_ = tale_vocabulary(g_);
        const bool unknown = !f.found.empty() && detail::is_letter(f.found[0]) && !vocabulary_.count(f.found);
        for (const miss& m : misses) f.what = std::min(f.what, m.what);
        std::set<std::string> wanted;
        for (const miss& m : misses)
            if (unknown || m.what == f.what) wanted.insert(m.wanted);
        for (const auto& word : wanted) f.wanted += (f.wanted.empty() ? "" : " or ") + word;
        if (unknown) f.what = tale_fault::unknown_word;
        return f;
    }

private:
    struct miss {
        std::size_t at;          // where in the sentence the word starts that differs
        tale_fault what;
        std::string wanted;
    };

    std::vector<miss> farthest_misses(const tale_readings& before, std::string_view sentence) const {
        std::vector<miss> misses;
        reader_.after(before, sentence, [&](const tale_reading& r, const tale_grammar::node& n, std::size_t position,
                                            std::string_view bytes) {
            const std::string_view rest = sentence.substr(position);
            std::size_t same = 0;                                    // bytes, then back to the start of their word
            while (same < bytes.size() && same < rest.size() && rest[same] == bytes[same]) ++same;
            while (same > 0 && detail::is_letter(rest[same - 1])) --same;
            const std::size_t at = position + same;
            if (!misses.empty() && at < misses.front().at) return;
            if (!misses.empty() && at > misses.front().at) misses.clear();
            const tale_fault what = kind(r, n, detail::word_at(rest, same), same);
            misses.push_back({at, what, std::string(detail::word_at(bytes, same))});
        });
        return misses;
    }

    // What it means that `found` stands where node n wanted the word `offset` bytes into its own.
    tale_fault kind(const tale_reading& r, const tale_grammar::node& n, std::string_view found,
                    std::size_t offset) const {
        if (n.what != tale_grammar::slot_word || r.cast[n.which] == tale_grammar::nobody)
            return tale_fault::unexpected_word;
        const auto& of = g_.lists()[g_.slots()[n.which].from];
        for (const auto& word : of.words) {
            if (detail::word_at(word.as[n.as], offset) != found) continue;
            if (n.as >= tale_grammar::he) return tale_fault::wrong_pronoun;
            return of.of_somebody ? tale_fault::wrong_name : tale_fault::changed_word;
        }
        return tale_fault::unexpected_word;
    }

    const tale_grammar& g_;
    tale_reader reader_;
    std::set<std::string, std::less<>> vocabulary_;   // made when first needed
};

}  // namespace stepgpt
