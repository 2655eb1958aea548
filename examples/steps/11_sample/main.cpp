// Step 11: from scores to text. A small model learns what animals say; then one and the same model writes in different
// ways. Choosing a token is written out here by hand; generate/sampler.hpp has it with top-p, min-p and the rest.
//
// The second half asks what a token costs. Attention needs only the keys and values of what was read before, so a model
// that keeps them (generate/key_value_cache.hpp) computes one row for a new token and not the whole text again.
#include <stepgpt/stepgpt.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace stepgpt;

static std::string farm(std::size_t sentences) {
    const std::vector<std::string> animals{"cat", "dog", "cow", "owl"}, sounds{"miaow", "woof", "moo", "hoo"};
    const random_numbers draw(7, stream::test);
    std::string text;
    for (std::size_t i = 0; i < sentences; ++i) {
        const auto which = draw.below(4, i);
        text += "the " + animals[which] + " says " + sounds[which] + ".\n";
    }
    return text;
}

// exp(logits / temperature), a draw among them, by hand.
static token choose(const std::vector<float>& logits, double temperature, double uniform) {
    double total = 0;
    for (const float logit : logits) total += std::exp(logit / temperature);
    double threshold = uniform * total;
    for (std::size_t id = 0; id < logits.size(); ++id) {
        threshold -= std::exp(logits[id] / temperature);
        if (threshold < 0) return static_cast<token>(id);
    }
    return static_cast<token>(logits.size() - 1);
}

// The logits after the last of these ids, computed from all of them.
static std::vector<float> logits_after(const gpt<float>& model, const std::vector<token>& ids) {
    const std::size_t first = first_visible(ids.size(), model.config.block_size), T = ids.size() - first;
    token_ids<> inputs;                                                  // (1,T)
    resize(inputs, {1, T});
    std::copy(ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end(), inputs.data());
    gpt<float>::cache cache;
    const auto& logits = model.forward(inputs, cache);                   // (1,T,V)
    const std::size_t V = model.config.vocab_size;
    return {logits.data() + (T - 1) * V, logits.data() + T * V};
}

static std::string by_hand(const gpt<float>& model, const tokenizer& tokens, double temperature, int count) {
    const random_numbers numbers(3, stream::sample);
    std::vector<token> ids = tokens.encode("the ");
    for (int i = 0; i < count; ++i)
        ids.push_back(choose(logits_after(model, ids), temperature, numbers.uniform(static_cast<std::uint64_t>(i))));
    return tokens.decode(ids);
}

// Lines that are sentences of the farm.
static int right(const std::string& text) {
    int lines = 0;
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
        for (const char* s : {"the cat says miaow.", "the dog says woof.", "the cow says moo.", "the owl says hoo."})
            lines += text.substr(at, end - at) == s;
    return lines;
}

int main() {
    const std::string text = farm(2000);
    const tokenizer tokens = character_tokens(text);
    prepare_text(text, tokens, "data");
    const data_folder data("data");
    gpt<float> model({.vocab_size = tokens.vocab_size(), .block_size = 32, .n_layer = 2, .n_head = 2, .n_embd = 32});
    trainer<gpt<float>> run(model, data, {.batch_size = 16, .steps = 400, .lr = 3e-3, .min_lr = 3e-4, .warmup = 20});
    run.quiet = true;
    std::printf("loss %.2f after %zu steps\n", run.train().validation.loss, std::size_t{400});

    std::puts("\n1. Temperature: what is likely becomes likelier, or less so");
    for (const double temperature : {0.2, 1.0, 3.0}) {
        const std::string written = by_hand(model, tokens, temperature, 200);
        std::printf("\ntemperature %.1f, %d lines are sentences of the farm:\n%s\n", temperature, right(written),
                    written.substr(0, 60).c_str());
    }

    std::puts("\n2. At temperature 3, but only among the likeliest");
    const auto among = [&](const char* name, const sampling& how) {
        const std::string written = "the " + generate(model, tokens, "the ", 200, how);
        std::printf("%-14s %d lines are right\n", name, right(written));
        return right(written);
    };
    const int wild = among("all", {.temperature = 3});
    const int two = among("top_k = 2", {.temperature = 3, .top_k = 2});
    const int sure = among("min_p = 0.3", {.temperature = 3, .min_p = 0.3});

    std::puts("\n3. With keys and values kept, the same text comes sooner");
    std::vector<token> slow = tokens.encode("the ");
    const auto seconds = [](auto&& work) {
        const auto start = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const double again = seconds([&] {
        for (int i = 0; i < 300; ++i) {
            const auto logits = logits_after(model, slow);
            slow.push_back(static_cast<token>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
        }
    });
    generator<gpt<float>> writer(model, tokens.encode("the "), {.temperature = 0});
    const double kept = seconds([&] {
        for (int i = 0; i < 300; ++i) writer.next();
    });
    std::printf("everything again %.0f tokens/s, kept %.0f tokens/s\n", 300 / again, 300 / kept);

    const bool same = slow == writer.ids();
    std::printf("\nthe same 300 tokens: %s\n", same ? "yes" : "no");
    std::printf("fewer mistakes among the likeliest: %s\n", two > wild && sure > wild ? "yes" : "no");
    return same && two > wild && sure > wild ? 0 : 1;
}
