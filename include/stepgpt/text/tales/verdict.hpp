// What the judge says: which sentences are correct, how many stories, and what is wrong first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>

namespace stepgpt {

enum class tale_fault {
    unknown_word,      // no tale has this word
    wrong_name,        // another person or beast than before
    wrong_pronoun,     // she for he
    changed_word,      // the red kite has become blue, or moved
    unexpected_word,   // no sentence goes on like this here
    out_of_place,      // a sentence of this story, too early, too late or twice
    story_over,        // a sentence behind the last one, where a blank line should be
    ended_early,       // a blank line before the last sentence
    spacing            // other than one space between sentences and one blank line between stories
};

struct tale_finding {
    tale_fault what;
    std::size_t story, sentence, offset;   // counted from 1; byte in the text
    std::string found, wanted;

    // story 3, sentence 4, byte 512: wrong pronoun, found 'he', wanted 'she'
    std::string message() const {
        static constexpr const char* names[] = {"unknown word",       "wrong name",            "wrong pronoun",
                                                "changed word",       "unexpected word",       "sentence out of place",
                                                "the story was over", "the story ended early", "spacing"};
        std::string text = "story " + std::to_string(story) + ", sentence " + std::to_string(sentence) + ", byte " +
                           std::to_string(offset) + ": " + names[static_cast<int>(what)];
        if (!found.empty()) text += ", found '" + printable(found) + "'";
        if (!wanted.empty()) text += ", wanted '" + printable(wanted, 120) + "'";
        return text;
    }
};

struct judged_sentence {
    std::size_t begin, size, story;   // bytes; story from 0
    bool correct;
};

struct tale_verdict {
    std::vector<judged_sentence> sentences;
    std::size_t correct_sentences = 0, stories = 0, correct_stories = 0;
    std::optional<tale_finding> first_fault;

    double sentence_share() const { return share(correct_sentences, sentences.size()); }   // 0 if there are none
    double story_share() const { return share(correct_stories, stories); }

private:
    static double share(std::size_t part, std::size_t all) {
        return all ? static_cast<double>(part) / static_cast<double>(all) : 0.0;
    }
};

}  // namespace stepgpt
