// Text in, text out: parts, stops, ends, several prompts, scores.
#include <stepgpt/generate/generate.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

// After byte b comes byte next(b), whatever was before: the embedding of b is unit vector b, and the head of its own
// answers with the successor.
template <class Next>
gpt<float> scripted(Next&& next) {
    gpt<float> model({.vocab_size = 256, .block_size = 16, .n_layer = 1, .n_head = 1, .n_embd = 256, .tied = false}, 1);
    for (const auto& p : parameters(model)) {
        if (p.name.ends_with("ln_f.weight") || p.name.ends_with("ln_1.weight")) continue;
        std::fill_n(p.value, p.size, 0.0f);
    }
    for (std::size_t b = 0; b < 256; ++b) {
        model.embed.wte.value(b, b) = 1;
        model.lm_head.value(static_cast<unsigned char>(next(static_cast<char>(b))), b) = 1;
    }
    return model;
}

const tokenizer bytes = byte_tokenizer();

}  // namespace

TEST_CASE("stop_text: what may become a stop is held back, and nothing behind it comes out") {
    stop_text out({"\nUser:", "END"});
    CHECK(out.push("Yes.\nUs") == "Yes.");
    CHECK(out.push("ually") == "\nUsually");
    CHECK(out.push("E") == "");
    CHECK(out.push("N") == "");
    CHECK(out.push("E") == "EN");
    CHECK(out.push("ND and more") == "");
    CHECK(out.stopped());
    CHECK(out.push("x") == "");
    CHECK(out.finish() == "");

    stop_text none({""});
    CHECK(none.push("abc") == "abc");
    stop_text unfinished({"abc"});
    CHECK(unfinished.push("xab") == "x");
    CHECK(unfinished.finish() == "ab");
    stop_text first({"cd", "bc"});
    CHECK(first.push("abcd") == "a");                    // the one that begins first
}

TEST_CASE("generate: a text is continued, and given out in whole characters") {
    const auto successor = scripted([](char b) { return static_cast<char>(b + 1); });
    CHECK(generate(successor, bytes, "ab", 5, {.temperature = 0}) == "cdefg");

    // the bytes of "é" come one after the other: C3 A9
    const auto accented = scripted([](char b) { return b == '\xc3' ? '\xa9' : '\xc3'; });
    std::vector<std::string> parts;
    generate(accented, bytes, "x", 5, {.temperature = 0}, [&](std::string_view part) { parts.emplace_back(part); });
    CHECK(parts == std::vector<std::string>{"é", "é", "\xc3"});    // the last one was cut by the count
}

TEST_CASE("complete: several prompts, each with its own end") {
    const auto successor = scripted([](char b) { return static_cast<char>(b + 1); });
    const auto done = complete(successor, bytes, {"a", "v", "f"},
                               {.count = 6, .how = {.temperature = 0}, .stops = {"jk", "z"}, .end = 'g', .scored = true});
    REQUIRE(done.size() == 3);
    CHECK(done[0].text == "bcdef");
    CHECK(done[0].why == ending::end);
    CHECK(done[1].text == "wxy");
    CHECK(done[1].why == ending::stop);
    CHECK(done[2].text == "");
    CHECK(done[2].why == ending::end);
    CHECK(done[0].ids.size() == 5);
    CHECK(done[0].log_probabilities.size() == 5);
    CHECK(done[0].log_probabilities[0] < 0);

    const auto counted = complete(successor, bytes, {"h"}, {.count = 2, .how = {.temperature = 0}, .stops = {"jk"}});
    CHECK(counted[0].text == "ij");                      // j was held back, but no k came
    CHECK(counted[0].why == ending::count);
    CHECK(counted[0].log_probabilities.empty());
    CHECK(complete(successor, bytes, {"h"}, {.count = 0})[0].text == "");
}
