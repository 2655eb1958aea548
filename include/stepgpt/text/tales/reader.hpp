// Reading a tale along the grammar: every way to have written these bytes, with its probability.
//
// Reading goes sentence by sentence. A `reading` is one way to understand the story so far: which plot it is, how many
// of its sentences have passed, and which words its slots hold. A sentence turns the readings before it into the
// readings after it (usually one is left after a few words), each with the probability that a story begins so. This is
// the forward algorithm of hidden Markov models (Rabiner 1989, eq. 19-21) with a plot's place and cast as the hidden
// state.
//
// Where a sentence ends can be seen in any text without the grammar: after . ! or ? and perhaps a quotation mark, when
// a line ends or a capital letter or a quotation mark follows; and always before a blank line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

// Behind the last byte of the sentence that starts at `from`; npos if the text stops before one can tell.
inline std::size_t sentence_end(std::string_view text, std::size_t from) {
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] == '\n') return i;
        if (text[i] != '.' && text[i] != '!' && text[i] != '?') continue;
        const std::size_t stop = i + 1 < text.size() && text[i + 1] == '"' ? i + 2 : i + 1;
        std::size_t next = stop;
        while (next < text.size() && text[next] == ' ') ++next;
        if (next == text.size()) return std::string_view::npos;
        const bool opens = (text[next] >= 'A' && text[next] <= 'Z') || text[next] == '"';
        if (text[next] == '\n' || (next > stop && opens)) return stop;
    }
    return std::string_view::npos;
}

struct tale_reading {
    std::size_t story = 0, sentence = 0;   // the plot, and its next sentence
    tale_grammar::cast cast = tale_grammar::empty_cast();
    double probability = 0;

    bool same_place(const tale_reading& r) const {
        return story == r.story && sentence == r.sentence && cast == r.cast;
    }
};
using tale_readings = std::vector<tale_reading>;

// One reading more; equal ones are added up, so that their number stays small however many ways lead to one text.
inline void add_reading(tale_readings& all, const tale_reading& r) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.same_place(r); });
    if (same == all.end()) all.push_back(r);
    else same->probability += r.probability;
}

// All walks through one sentence. Events hears
//     arrived(position, cast, probability)   at the end of the sentence, `position` bytes into the text
//     missed(node, position, bytes)          where the text goes on otherwise than with these bytes
//     ran_out(probability)                   if `open`: where the text stops and the sentence would go on
template <class Events>
class tale_walk {
public:
    using cast = tale_grammar::cast;
    tale_walk(const tale_grammar& g, std::string_view text, bool open, Events& events)
        : g_(g), text_(text), open_(open), events_(events) {}

    void from(std::uint32_t at, std::size_t position, cast c, double p) {
        for (;;) {
            const auto& n = g_.nodes()[at];
            if (n.what == tale_grammar::end) return events_.arrived(position, c, p);
            if (open_ && position == text_.size()) return events_.ran_out(p);   // the ways on sum to 1
            if (n.what == tale_grammar::fork) {
                for (const auto way : n.next) from(way, position, c, p / static_cast<double>(n.next.size()));
                return;
            }
            if (n.what == tale_grammar::anew) return draw(n, g_.lists()[n.which], nullptr, position, c, p);
            if (n.what == tale_grammar::slot_word) {
                const auto& of = g_.lists()[g_.slots()[n.which].from];
                if (c[n.which] == tale_grammar::nobody) return draw(n, of, &c[n.which], position, c, p);
                if (!matches(n, of.words[c[n.which]].as[n.as], position, p)) return;
            } else if (!matches(n, n.bytes, position, p)) {
                return;
            }
            at = n.next[0];
        }
    }

private:
    // Goes on with each word that fits. `place` is where in `c` the word is remembered, if it is.
    void draw(const tale_grammar::node& n, const tale_grammar::list& of, std::uint8_t* place, std::size_t position,
              cast& c, double p) {
        const double each = p / static_cast<double>(g_.free_words(of, c));
        g_.each_free_word(of, cast(c), [&](std::size_t index) {
            std::size_t after = position;
            if (!matches(n, of.words[index].as[n.as], after, each)) return;
            if (place) *place = static_cast<std::uint8_t>(index);
            from(n.next[0], after, c, each);
        });
    }

    bool matches(const tale_grammar::node& n, std::string_view bytes, std::size_t& position, double p) {
        const std::string_view rest = text_.substr(position, bytes.size());
        if (rest == bytes) {
            position += bytes.size();
            return true;
        }
        if (open_ && bytes.substr(0, rest.size()) == rest) events_.ran_out(p);
        else events_.missed(n, position, bytes);
        return false;
    }

    const tale_grammar& g_;
    std::string_view text_;
    bool open_;
    Events& events_;
};

class tale_reader {
public:
    explicit tale_reader(const tale_grammar& g) : g_(g) {}

    // Before the first sentence: each plot, equally likely.
    tale_readings start() const {
        tale_readings all;
        const double p = 1.0 / static_cast<double>(g_.stories().size());
        for (std::size_t i = 0; i < g_.stories().size(); ++i) all.push_back({.story = i, .probability = p});
        return all;
    }

    bool finished(const tale_reading& r) const { return r.sentence == g_.stories()[r.story].sentences.size(); }

    // The readings after a whole sentence. `missed` hears of every place where the sentence left the grammar.
    template <class Missed>
    tale_readings after(const tale_readings& before, std::string_view sentence, Missed&& missed) const {
        tale_readings all;
        each_wording(before, [&](const tale_reading& r, std::uint32_t start, double p) {
            struct {
                tale_readings& all;
                const tale_reading& r;
                std::size_t size;
                Missed& heard;
                void arrived(std::size_t position, const tale_grammar::cast& c, double probability) {
                    if (position == size) add_reading(all, {r.story, r.sentence + 1, c, probability});
                }
                void ran_out(double) {}
                void missed(const tale_grammar::node& n, std::size_t position, std::string_view bytes) {
                    heard(r, n, position, bytes);
                }
            } events{all, r, sentence.size(), missed};
            tale_walk(g_, sentence, false, events).from(start, 0, r.cast, p);
        });
        return all;
    }
    tale_readings after(const tale_readings& before, std::string_view sentence) const {
        return after(before, sentence, [](const auto&...) {});
    }

    // The probability that a story read so goes on with these bytes, which stop within (or just behind) a sentence.
    double goes_on(const tale_readings& before, std::string_view bytes) const {
        double sum = 0;
        each_wording(before, [&](const tale_reading& r, std::uint32_t start, double p) {
            const bool last = r.sentence + 1 == g_.stories()[r.story].sentences.size();
            struct {
                double& sum;
                std::string_view bytes, between;
                void arrived(std::size_t position, const tale_grammar::cast&, double probability) {
                    const std::string_view rest = bytes.substr(position);
                    if (between.substr(0, rest.size()) == rest) sum += probability;
                }
                void ran_out(double probability) { sum += probability; }
                void missed(const tale_grammar::node&, std::size_t, std::string_view) {}
            } events{sum, bytes, last ? "\n\n" : " "};
            tale_walk(g_, bytes, true, events).from(start, 0, r.cast, p);
        });
        return sum;
    }

private:
    // visit(reading, node, probability) for every wording of the next sentence, past sentences that are left out.
    template <class Visit>
    void each_wording(const tale_readings& before, Visit&& visit) const {
        for (tale_reading r : before)
            for (double left = 1; left > 0 && !finished(r); ++r.sentence) {
                const auto& wordings = g_.stories()[r.story].sentences[r.sentence];
                double skipped = 0;
                for (const auto start : wordings) {
                    const double p = r.probability * left / static_cast<double>(wordings.size());
                    if (start == tale_grammar::left_out) skipped += left / static_cast<double>(wordings.size());
                    else visit(r, start, p);
                }
                left = skipped;
            }
    }

    const tale_grammar& g_;
};

}  // namespace stepgpt
