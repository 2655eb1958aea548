// Tales: short English stories without end, from a grammar that knows exactly how probable each one is.
//
//     tale t = make_tale(seed, 0);                    // t.text: "One sunny morning, Clara walked to the mill with ..."
//     std::string text = tales_text(seed, 10000);     // to learn from: no download, the same on every machine
//     double nats = -tales_log_probability(text);     // divided by its tokens: the mean loss of a perfect model
//     tale_verdict v = judge_tales(sampled);          // v.sentence_share(), v.first_fault->message()
//
// A text is a row of stories; each ends in a blank line ("\n\n"), the last one too. Stories are drawn one by one: a
// plot, equally likely, then its sentences, with words that stay the same from the first sentence to the last. Story i
// of a seed is a function of (seed, i) alone. So a model can learn the sentences by looking back a few words, but the
// names, colours and places only by attention over the whole story, and how far it has come is known: the loss has a
// floor.
//
// The grammar is in tales/: the words (words.hpp), the plots (plots_*.hpp), how plots are written (notation.hpp), what
// they become (grammar.hpp), how a text is read (reader.hpp) and judged (judge.hpp). Every function takes another
// grammar, too.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/tales/grammar.hpp>
#include <stepgpt/text/tales/judge.hpp>
#include <stepgpt/text/tales/notation.hpp>
#include <stepgpt/text/tales/plots_of_fables.hpp>
#include <stepgpt/text/tales/plots_of_friends.hpp>
#include <stepgpt/text/tales/plots_of_home.hpp>
#include <stepgpt/text/tales/reader.hpp>
#include <stepgpt/text/tales/words.hpp>

namespace stepgpt {

// The grammar of this house, made when first asked for.
inline const tale_grammar& tales() {
    static const tale_grammar grammar = [] {
        std::vector<plot> plots(std::begin(plots_of_friends), std::end(plots_of_friends));
        plots.insert(plots.end(), std::begin(plots_of_home), std::end(plots_of_home));
        plots.insert(plots.end(), std::begin(plots_of_fables), std::end(plots_of_fables));
        return tale_grammar(tale_words, plots);
    }();
    return grammar;
}

struct tale {
    std::string text;              // with the blank line that ends it
    double log_probability = 0;    // of these draws, natural logarithm
    std::size_t plot = 0;          // tales().stories()[plot].title
};

namespace detail {
// Draws one story: a walk through the graph that takes each way with equal probability.
class tale_writer {
public:
    tale_writer(const tale_grammar& g, std::uint64_t seed, std::uint64_t index)
        : g_(g), numbers_(seed, stream::tales), first_(index * draws_a_story) {}

    void write(tale& t) {
        t.plot = draw(g_.stories().size());
        const auto& sentences = g_.stories()[t.plot].sentences;
        for (const auto& wordings : sentences) {
            const std::uint32_t start = wordings[draw(wordings.size())];
            if (start == tale_grammar::left_out) continue;
            sentence(start, t.text);
            t.text += ' ';
        }
        t.text.back() = '\n';
        t.text += '\n';
        t.log_probability = -std::log(ways_);
    }

private:
    static constexpr std::uint64_t draws_a_story = 256;   // story i has the numbers from 256 i on for itself

    std::size_t draw(std::size_t ways) {
        if (ways == 1) return 0;
        ways_ *= static_cast<double>(ways);
        return numbers_.below(ways, first_ + drawn_++);
    }

    void sentence(std::uint32_t at, std::string& out) {
        for (const auto* n = &g_.nodes()[at]; n->what != tale_grammar::end;) {
            if (n->what == tale_grammar::text) out += n->bytes;
            if (n->what == tale_grammar::anew) out += g_.lists()[n->which].words[pick(g_.lists()[n->which])].as[n->as];
            if (n->what == tale_grammar::slot_word) {
                const auto& from = g_.lists()[g_.slots()[n->which].from];
                auto& word = cast_[n->which];
                if (word == tale_grammar::nobody) word = static_cast<std::uint8_t>(pick(from));
                out += from.words[word].as[n->as];
            }
            n = &g_.nodes()[n->next[draw(n->next.size())]];
        }
    }

    std::size_t pick(const tale_grammar::list& from) {   // the k-th word that is free
        std::size_t k = draw(g_.free_words(from, cast_)), index = 0;
        while (g_.held(from, index, cast_) || k-- > 0) ++index;
        return index;
    }

    const tale_grammar& g_;
    const random_numbers numbers_;
    const std::uint64_t first_;
    std::uint64_t drawn_ = 0;
    double ways_ = 1;                                     // 1 / probability so far
    tale_grammar::cast cast_ = tale_grammar::empty_cast();
};
}  // namespace detail

inline tale make_tale(std::uint64_t seed, std::uint64_t index, const tale_grammar& g = tales()) {
    tale t;
    detail::tale_writer(g, seed, index).write(t);
    return t;
}

// Stories first .. first + count - 1 of a seed: train and validation text are two such ranges.
inline std::string tales_text(std::uint64_t seed, std::uint64_t count, std::uint64_t first = 0,
                              const tale_grammar& g = tales()) {
    tale all;
    for (std::uint64_t i = first; i < first + count; ++i) detail::tale_writer(g, seed, i).write(all);
    return std::move(all.text);
}

// The natural logarithm of the probability that a row of stories without end begins with just these bytes; minus
// infinity if none does. For whole stories that is the sum of theirs; the text may also stop anywhere, within a word
// or a story, so the difference between two beginnings is what a perfect model gives the bytes between them.
inline double tales_log_probability(std::string_view text, const tale_grammar& g = tales()) {
    constexpr double impossible = -std::numeric_limits<double>::infinity();
    const tale_reader reader(g);
    double log_probability = 0;
    tale_readings story = reader.start();
    double so_far = 1;                                    // probability of this story up to `at`
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t stop = sentence_end(text, at);
        if (stop == std::string_view::npos) {
            so_far = reader.goes_on(story, text.substr(at));
            break;
        }
        const bool over = text[stop] == '\n';
        story = reader.after(story, text.substr(at, stop - at));
        so_far = 0;
        tale_readings fitting;
        for (const auto& r : story)
            if (reader.finished(r) == over) fitting.push_back(r), so_far += r.probability;
        story = std::move(fitting);
        at = stop + 1;
        if (!over) continue;
        if (at < text.size() && text[at++] != '\n') return impossible;
        log_probability += std::log(so_far);              // of 0: minus infinity
        story = reader.start(), so_far = 1;
    }
    return log_probability + std::log(so_far);
}

inline tale_verdict judge_tales(std::string_view text, const tale_grammar& g = tales()) {
    return tale_judge(g).judge(text);
}

}  // namespace stepgpt
