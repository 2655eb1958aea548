// The grammar of tales: words, plots, and the graph that a plot becomes.
//
// A plot is written one sentence a line (notation.hpp says how) and is parsed once into a graph of nodes:
//   text   these bytes                              slot   a word of a list, drawn at its first use and remembered
//   fork   one of several ways on, equally likely   anew   a word of a list, drawn here and forgotten
//   end    of the sentence
// Writing a tale is a walk through the graph that draws at every fork; reading one is all walks that give its bytes.
// The probability of a walk is the product of 1 / (number of ways) over its draws, so the grammar knows it exactly.
//
// Invariants: from every node some way leads to an end; slots of one list never hold the same word; a word is drawn
// when it is first needed and not before (so that the beginning of a story has a probability too, without guessing the
// rest). Not here: the parser (notation.hpp), the writer (../tales.hpp), the reader and the judge (reader.hpp,
// judge.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stepgpt {

struct word_list {
    std::string_view slots;   // "hero friend": the names under which plots use it
    std::string_view words;   // "she: Anna, Clara, he: Ben"
};

struct plot {
    std::string_view title;
    std::string_view lines;   // see notation.hpp
};

class tale_grammar {
public:
    static constexpr std::size_t max_slots = 48;
    static constexpr std::uint8_t nobody = 255;          // a slot that holds no word yet
    static constexpr std::uint32_t left_out = ~0u;       // in place of a sentence: a sentence that need not come

    // Which word each slot holds in one story.
    using cast = std::array<std::uint8_t, max_slots>;
    static constexpr cast empty_cast() {
        cast none{};
        for (auto& word : none) word = nobody;
        return none;
    }

    // How a word is used: kite, Kite, a kite, A kite; and for somebody, by pronoun.
    enum form : std::uint8_t { plain, capital, a, A, he, He, him, his, His, himself, was, forms };
    static constexpr std::string_view pronoun_names[] = {"he", "He", "him", "his", "His", "himself", "was"};

    struct word {
        std::array<std::string, forms> as;   // as[a] == "an umbrella"
    };
    struct list {
        std::vector<word> words;
        std::vector<std::size_t> slots;      // those that draw from it
        bool of_somebody = false;            // its words have pronouns
    };
    struct slot {
        std::string name;
        std::size_t from;                    // index of its list
    };
    enum kind : std::uint8_t { text, slot_word, anew, fork, end };
    struct node {
        kind what = text;
        form as = plain;
        std::size_t which = 0;               // the slot, or for `anew` the list
        std::string bytes = {};              // of text
        std::vector<std::uint32_t> next = {};
    };
    struct story {
        std::string title;
        std::vector<std::vector<std::uint32_t>> sentences;   // for each: where its equally likely wordings start
    };

    tale_grammar(std::span<const word_list> words, std::span<const plot> plots);   // in notation.hpp

    const std::vector<node>& nodes() const { return nodes_; }
    const std::vector<list>& lists() const { return lists_; }
    const std::vector<slot>& slots() const { return slots_; }
    const std::vector<story>& stories() const { return stories_; }

    // Does some slot of this list hold that word?
    bool held(const list& of, std::size_t index, const cast& c) const {
        for (const std::size_t s : of.slots)
            if (c[s] == index) return true;
        return false;
    }

    // How many words of the list are left to draw from.
    std::size_t free_words(const list& of, const cast& c) const {
        std::size_t count = of.words.size();
        for (const std::size_t s : of.slots) count -= c[s] != nobody;
        return count;
    }

    // Calls visit(word index) for each of them.
    template <class Visit>
    void each_free_word(const list& of, const cast& c, Visit&& visit) const {
        for (std::size_t i = 0; i < of.words.size(); ++i)
            if (!held(of, i, c)) visit(i);
    }

private:
    friend class tale_notation;
    std::vector<node> nodes_;
    std::vector<list> lists_;
    std::vector<slot> slots_;
    std::vector<story> stories_;
};

}  // namespace stepgpt
