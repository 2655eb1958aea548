// A model writes: each token is chosen from the logits after the tokens so far, and becomes one of them.
//
//     generate(model, tokens, "Once upon a time", 200, {.temperature = 0.8},
//              [](std::string_view part) { std::cout << part << std::flush; });
//
//     for (const auto& c : complete(model, tokens, {"Once", "The fox"}, {.count = 50, .stops = {"\n\n"}}))
//         std::cout << c.text;
//
// Parts that are handed out are whole characters, and never the beginning of what ends the text.
// Not here: tokens in, tokens out (drafts.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/generate/drafts.hpp>
#include <stepgpt/generate/stop_text.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

// How a text is continued, and when it ends.
struct writing {
    std::size_t count = 100;                 // tokens at most
    sampling how = {};
    std::vector<std::string> stops = {};     // it ends before any of these
    std::optional<token> end = {};           // it ends with this token, which belongs to no text
    bool scored = false;                     // tell the log probability of each token
};

enum class ending { count, stop, end };      // why no more was written

// What was written behind a prompt.
struct completion {
    std::string text;
    std::vector<token> ids;                  // of the text; a stop that ended it, or a part of it, included
    std::vector<double> log_probabilities;   // of each id, as the model has it; if they were asked for
    ending why = ending::count;
};

namespace detail {

// One draft becomes one completion, part by part.
class transcript {
public:
    transcript(const tokenizer& tokens, const writing& w) : rules_(w), decoder_(tokens), out_(w.stops) {}

    // Takes what the draft has got last, and closes it if that was the end. Gives the text that is certain now.
    std::string take(draft& d) {
        if (rules_.end && d.ids.back() == *rules_.end) return close(d, ending::end);
        done_.ids.push_back(d.ids.back());
        if (rules_.scored) done_.log_probabilities.push_back(d.log_probability);
        std::string part = out_.push(decoder_.push(d.ids.back()));
        done_.text += part;
        if (out_.stopped()) done_.why = ending::stop, d.open = false;
        else if (done_.ids.size() == rules_.count) return part + close(d, ending::count);
        return part;
    }

    completion& result() { return done_; }

private:
    std::string close(draft& d, ending why) {
        d.open = false;
        std::string rest = out_.push(decoder_.finish());
        if (!out_.stopped()) rest += out_.finish();
        done_.why = out_.stopped() ? ending::stop : why;
        done_.text += rest;
        return rest;
    }

    writing rules_;
    stream_decoder decoder_;
    stop_text out_;
    completion done_;
};

}  // namespace detail

// Continues all prompts at once; emit(i, text) is called with each part of text i as it comes.
template <class Model, class Emit>
std::vector<completion> complete(const Model& model, const tokenizer& tokens, const std::vector<std::vector<token>>& prompts,
                                 const writing& w, Emit&& emit) {
    drafts<Model> all(model, prompts, w.how);
    all.scored = w.scored;
    std::vector<detail::transcript> transcripts(prompts.size(), detail::transcript(tokens, w));
    for (std::size_t round = 0; round < w.count && all.advance(); ++round)
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!all[i].open) continue;
            const std::string part = transcripts[i].take(all[i]);
            if (!part.empty()) emit(i, std::string_view(part));
        }
    std::vector<completion> done;
    for (auto& t : transcripts) done.push_back(std::move(t.result()));
    return done;
}

// The same for texts, without looking on.
template <class Model>
std::vector<completion> complete(const Model& model, const tokenizer& tokens, const std::vector<std::string>& prompts,
                                 const writing& w) {
    std::vector<std::vector<token>> ids;
    for (const auto& prompt : prompts) ids.push_back(tokens.encode(prompt));
    return complete(model, tokens, ids, w, [](std::size_t, std::string_view) {});
}

// Continues one prompt by `count` tokens and calls emit(text) with each part as it comes.
template <class Model, class Emit>
void generate(const Model& model, const tokenizer& tokens, std::string_view prompt, std::size_t count, const sampling& how,
              Emit&& emit) {
    complete(model, tokens, std::vector<std::vector<token>>{tokens.encode(prompt)}, {.count = count, .how = how},
             [&](std::size_t, std::string_view part) { emit(part); });
}

// The continuation as one string.
template <class Model>
std::string generate(const Model& model, const tokenizer& tokens, std::string_view prompt, std::size_t count,
                     const sampling& how = {}) {
    return complete(model, tokens, std::vector<std::string>{std::string(prompt)}, {.count = count, .how = how})[0].text;
}

}  // namespace stepgpt
