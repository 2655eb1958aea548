// The judge: how much of a text is correct, and what is wrong with it first.
//
// A sentence is correct if it could stand at this point of a story, given the story so far: the right plot, the right
// names, pronouns, things and places, letter for letter, and nothing but one space (or the blank line that ends a
// story) behind it. After a wrong sentence the judge goes on as if it were not there, but lets the story continue at
// this or any later sentence of every plot that was still possible, with the words known by then: one slip costs one
// sentence, and what contradicts the beginning stays wrong. A story is correct if all its sentences are, and it ends
// where its plot does. What the text breaks off in (the last sentence without its end, the last story without its
// blank line or newline) is not counted. Text from a model that was started in the middle of a story should be cut to
// the first blank line beforehand.
//
// The time is linear in the text for text that is anything like a tale. Not here: taste.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/tales/explain.hpp>
#include <stepgpt/text/tales/reader.hpp>
#include <stepgpt/text/tales/verdict.hpp>

namespace stepgpt {

class tale_judge {
public:
    explicit tale_judge(const tale_grammar& g) : reader_(g), explainer_(g) {}

    tale_verdict judge(std::string_view text) {
        tale_verdict v;
        std::size_t at = std::min(text.find_first_not_of('\n'), text.size());
        std::size_t number = 0;                            // of the sentence in its story
        tale_readings before = reader_.start();
        bool all_correct = true;
        for (std::size_t stop; (stop = sentence_end(text, at)) != std::string_view::npos;) {
            const std::size_t next = std::min(text.find_first_not_of(" \n", stop), text.size());
            const std::string_view sentence = text.substr(at, stop - at), gap = text.substr(stop, next - stop);
            const bool breaks = gap.substr(0, 2) == "\n\n" || (next == text.size() && gap == "\n");
            ++number;

            tale_readings now = reader_.after(before, sentence);
            bool correct = !now.empty();
            const auto report = [&](tale_finding f) {
                all_correct = false;
                f.story = v.stories + 1, f.sentence = number, f.offset += at;
                if (!v.first_fault) v.first_fault = std::move(f);
            };
            if (!correct && !v.first_fault) report(explainer_.explain(before, anywhere(before), sentence));
            if (correct && gap != (breaks ? "\n\n" : " ") && next != text.size()) {
                correct = false;
                report({tale_fault::spacing, 0, 0, sentence.size(), std::string(gap), breaks ? "\n\n" : " "});
            }
            all_correct = all_correct && correct;
            v.sentences.push_back({at, sentence.size(), v.stories, correct});
            v.correct_sentences += correct;

            before = !now.empty() ? std::move(now) : any_later(before);
            if (breaks) {
                const auto finished = [&](const tale_reading& r) { return reader_.finished(r); };
                if (all_correct && std::none_of(before.begin(), before.end(), finished))
                    report({tale_fault::ended_early, 0, 0, sentence.size(), {}, {}});
                ++v.stories;
                v.correct_stories += all_correct;
                before = reader_.start(), all_correct = true, number = 0;
            }
            at = next;
        }
        return v;
    }

private:
    tale_readings any_later(const tale_readings& before) const {
        tale_readings all;
        for (tale_reading r : before)
            for (; !reader_.finished(r); ++r.sentence) add_reading(all, r);
        return all.empty() ? before : all;
    }

    tale_readings anywhere(tale_readings before) const {
        for (tale_reading& r : before) r.sentence = 0;
        return any_later(before);
    }

    tale_reader reader_;
    tale_explainer explainer_;
};

}  // namespace stepgpt
