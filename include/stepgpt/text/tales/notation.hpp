// The notation of plots, and its parser.
//
//     {"The lost kite", R"(
//         One [sunny] [day|morning], {hero} took {a colour} {toy} to {place}.
//         [Later], the {toy} was gone.
//         | When {he} came back, the {toy} was [gone|lost].
//         "Is this {colour} {toy} yours?" asked {friend}.
//         |
//         {Hero} was [happy].
//     )"}
//
// One sentence a line. A line that starts with | is another wording of the sentence above, equally likely; | alone
// means that the sentence may also be left out.
//   {hero}       a word of its list, drawn at its first use in the story and the same ever after
//   [sunny]      a word of its list, drawn here and forgotten; never one that a slot of the list holds
//   [day|night]  one of these, equally likely; a way may be empty, and may itself hold { } and [ ]
//   {Hero}  {a toy}  {A toy}         with a capital letter; with a or an in front          (also in [ ])
//   {friend.his}  {friend.Him}  ...  the pronoun of the friend: he, him, his, himself, and was for was or were
//   {he}  {His}  {himself} ...       that of the first person in the plot's text
//
// Each mistake throws `error` with the plot, the line and what would be right. What a plot must keep: a sentence
// starts with a capital letter or a quotation mark and ends in . ! or ?, perhaps followed by a quotation mark; within
// a line no such end is followed by anything but a small letter ("Stop!" cried Tom, not "Stop!" Tom cried), so that
// the sentences of any text can be told apart without knowing the plot; a person is named before the pronoun; the last
// sentence always comes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/text/tales/forms.hpp>
#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

class tale_notation {
public:
    explicit tale_notation(tale_grammar& into) : g_(into) {}

    void read(const word_list& row) {
        where_ = "word list '" + std::string(row.slots) + "'", line_ = 0;
        tale_grammar::list list;
        std::size_t pronoun = 0;   // none
        for (std::string_view rest = row.words; !rest.empty();) {
            std::string_view entry = trimmed(cut(rest, ','));
            for (std::size_t p = 0; p < std::size(detail::tale_pronouns); ++p) {
                const std::string_view label = detail::tale_pronouns[p].label;
                if (entry.substr(0, label.size()) != label) continue;
                entry = trimmed(entry.substr(label.size()));
                pronoun = p + 1;
            }
            if (entry.empty()) fail(row.words, "an empty word", "words separated by single commas");
            list.words.push_back(detail::forms_of(entry, pronoun));
            list.of_somebody = pronoun != 0;
        }
        if (list.words.empty() || list.words.size() >= tale_grammar::nobody)
            fail("", std::to_string(list.words.size()) + " words", "1 to 254");
        for (std::string_view names = row.slots; !names.empty();) {
            const std::string_view name = cut(names, ' ');
            if (find_slot(name) < g_.slots_.size()) fail(name, "a name that is taken", "a new one");
            list.slots.push_back(g_.slots_.size());
            g_.slots_.push_back({std::string(name), g_.lists_.size()});
        }
        if (g_.slots_.size() > tale_grammar::max_slots) fail("", "too many slots", "48 at most");
        if (list.slots.empty() || list.words.size() < list.slots.size()) fail("", "fewer words than slots", "more");
        g_.lists_.push_back(std::move(list));
    }

    void read(const plot& p) {
        where_ = "plot '" + std::string(p.title) + "'", line_ = 0, named_.clear();
        tale_grammar::story story{.title = std::string(p.title), .sentences = {}};
        for (std::string_view lines = p.lines; !lines.empty();) {
            std::string_view line = trimmed(cut(lines, '\n'));
            ++line_;
            if (line.empty()) continue;
            const bool another = line.front() == '|';
            if (another) line = trimmed(line.substr(1));
            if (!another) story.sentences.emplace_back();
            if (story.sentences.empty()) fail("|", "no sentence above", "a sentence first");
            story.sentences.back().push_back(line.empty() ? tale_grammar::left_out : sentence(line));
        }
        if (story.sentences.empty()) fail("", "no sentences", "one a line");
        const auto& last = story.sentences.back();
        if (std::count(last.begin(), last.end(), tale_grammar::left_out))
            fail("|", "a last sentence left out", "an ending");
        g_.stories_.push_back(std::move(story));
    }

private:
    [[noreturn]] void fail(std::string_view subject, std::string found, std::string wanted) const {
        complaint c{.where = where_, .subject = std::string(subject), .found = std::move(found),
                    .wanted = std::move(wanted), .hint = "how to write a plot: stepgpt/text/tales/notation.hpp"};
        if (line_) c.line = line_;
        throw error(std::move(c));
    }

    static std::string_view cut(std::string_view& rest, char at) {   // what comes before `at`, which is taken too
        const std::string_view first = rest.substr(0, rest.find(at));
        rest.remove_prefix(std::min(rest.size(), first.size() + 1));
        return first;
    }
    static std::string_view trimmed(std::string_view s) {
        while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        return s;
    }
    static bool upper(char c) { return c >= 'A' && c <= 'Z'; }
    static bool lower(char c) { return c >= 'a' && c <= 'z'; }

    std::size_t find_slot(std::string_view name) const {
        std::size_t s = 0;
        while (s < g_.slots_.size() && g_.slots_[s].name != name) ++s;
        return s;
    }

    // Nodes are added behind `tail`, the last node so far; each function returns the new tail.
    std::uint32_t add(std::uint32_t tail, tale_grammar::node n) {
        g_.nodes_.push_back(std::move(n));
        const auto index = static_cast<std::uint32_t>(g_.nodes_.size() - 1);
        g_.nodes_[tail].next.push_back(index);
        return index;
    }

    std::uint32_t sentence(std::string_view line) {
        if (!upper(line[0]) && line[0] != '"' && line[0] != '{' && line[0] != '[')
            fail(line, "a small first letter", "a capital");
        const std::string_view ending = line.back() == '"' ? line.substr(0, line.size() - 1) : line;
        if (ending.empty() || std::string_view(".!?").find(ending.back()) == std::string_view::npos)
            fail(line, "no full stop", "a sentence that ends in . ! or ?");
        for (std::size_t i = 0; i + 2 < line.size(); ++i) {
            if (std::string_view(".!?").find(line[i]) == std::string_view::npos) continue;
            const std::size_t after = line[i + 1] == '"' ? i + 2 : i + 1;
            if (after + 1 < line.size() && line[after] == ' ' && !small(line.substr(after + 1)))
                fail(line.substr(i), "a second sentence on the line", "a line of its own");
        }
        g_.nodes_.emplace_back();
        const auto start = static_cast<std::uint32_t>(g_.nodes_.size() - 1);
        rest_ = line;
        const std::uint32_t tail = sequence(start);
        if (!rest_.empty()) fail(rest_, "a | or ] without its [", "matching brackets");
        add(tail, {.what = tale_grammar::end});
        return start;
    }

    // What gives a small letter: such a letter, a pronoun, or a list of verbs and the like.
    static bool small(std::string_view s) {
        const std::string_view name = s.substr(1, s.find('}') - 1), pronoun = name.substr(name.find('.') + 1);
        return lower(s[0]) || (s[0] == '[' && lower(name[0])) || (is_pronoun(pronoun) && lower(pronoun[0]));
    }
    static bool is_pronoun(std::string_view name) {
        return std::find(std::begin(tale_grammar::pronoun_names), std::end(tale_grammar::pronoun_names), name) !=
               std::end(tale_grammar::pronoun_names);
    }

    std::uint32_t sequence(std::uint32_t tail) {   // up to the end, a | or a ]
        while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ']') {
            if (rest_[0] == '{' || rest_[0] == '[') {
                tail = rest_[0] == '{' ? remembered(tail) : choice(tail);
            } else {
                const std::size_t size = std::min(rest_.find_first_of("{}[]|"), rest_.size());
                if (size == 0) fail(rest_, "a } without its {", "matching brackets");
                tail = add(tail, {.what = tale_grammar::text, .bytes = std::string(rest_.substr(0, size))});
                rest_.remove_prefix(size);
            }
        }
        return tail;
    }

    std::uint32_t remembered(std::uint32_t tail) {   // {a toy}
        if (rest_.find('}') == std::string_view::npos) fail(rest_, "a { without its }", "matching brackets");
        const std::string_view whole = rest_.substr(0, rest_.find('}') + 1);
        rest_.remove_prefix(whole.size());
        return add(tail, word_node(whole));
    }

    std::uint32_t choice(std::uint32_t tail) {       // [sunny] or [day|night]
        const std::size_t stop = rest_.find_first_of("|]{[", 1);
        if (stop == std::string_view::npos) fail(rest_, "a [ without its ]", "matching brackets");
        if (rest_[stop] == ']') {
            const std::string_view whole = rest_.substr(0, stop + 1);
            rest_.remove_prefix(whole.size());
            return add(tail, word_node(whole));
        }
        const std::uint32_t fork = add(tail, {.what = tale_grammar::fork});
        std::vector<std::uint32_t> tails;
        do {
            rest_.remove_prefix(1);
            tails.push_back(sequence(add(fork, {})));
        } while (!rest_.empty() && rest_[0] == '|');
        if (rest_.empty()) fail("[", "a [ without its ]", "matching brackets");
        rest_.remove_prefix(1);
        const std::uint32_t join = add(tails[0], {});
        for (std::size_t i = 1; i < tails.size(); ++i) g_.nodes_[tails[i]].next.push_back(join);
        return join;
    }

    // "{a toy}", "[A kind]", "{Hero}", "{friend.his}", "{he}"
    tale_grammar::node word_node(std::string_view whole) {
        using g = tale_grammar;
        std::string name(whole.substr(1, whole.size() - 2));
        const bool forgotten = whole[0] == '[';
        g::form as = g::plain;
        if (const std::size_t dot = name.find('.'); dot != std::string::npos || is_pronoun(name)) {
            const std::string used = dot == std::string::npos ? name : name.substr(dot + 1);
            const auto* p = std::find(std::begin(g::pronoun_names), std::end(g::pronoun_names), used);
            if (p == std::end(g::pronoun_names))
                fail(whole, "an unknown pronoun", "he, He, him, his, His, himself or was");
            as = static_cast<g::form>(g::he + (p - std::begin(g::pronoun_names)));
            if (dot == std::string::npos && named_.empty())
                fail(whole, "a pronoun of nobody", "a person named before it");
            name = dot == std::string::npos ? g_.slots_[named_.front()].name : name.substr(0, dot);
        } else if (name.substr(0, 2) == "a " || name.substr(0, 2) == "A ") {
            as = name[0] == 'a' ? g::a : g::A;
            name.erase(0, 2);
        } else if (!name.empty() && upper(name[0])) {
            as = g::capital;
            name[0] = static_cast<char>(name[0] - 'A' + 'a');
        }
        const std::size_t s = find_slot(name);
        if (s == g_.slots_.size()) fail(whole, "an unknown slot", "a name from the word lists");
        const g::list& from = g_.lists_[g_.slots_[s].from];
        if (as >= g::he && (forgotten || std::find(named_.begin(), named_.end(), s) == named_.end()))
            fail(whole, "a pronoun of somebody not yet named", "the name first");
        if (forgotten && from.words.size() <= from.slots.size())
            fail(whole, "no word left to draw", "a list with more words than slots");
        if (forgotten) return {.what = g::anew, .as = as, .which = g_.slots_[s].from};
        if (from.of_somebody && as < g::he) named_.push_back(s);
        return {.what = g::slot_word, .as = as, .which = s};
    }

    tale_grammar& g_;
    std::string where_;
    std::uint64_t line_ = 0;
    std::string_view rest_;              // of the line being parsed
    std::vector<std::size_t> named_;     // slots of somebody, in order of appearance in this plot
};

inline tale_grammar::tale_grammar(std::span<const word_list> words, std::span<const plot> plots) {
    tale_notation notation(*this);
    for (const auto& row : words) notation.read(row);
    for (const auto& p : plots) notation.read(p);
    if (plots.empty()) throw error({.where = "tale_grammar", .found = "no plots", .wanted = "at least one"});
}

}  // namespace stepgpt
