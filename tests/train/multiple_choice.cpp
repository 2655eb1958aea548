#include <stepgpt/train/multiple_choice.hpp>

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/evaluate.hpp>

using namespace stepgpt;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string verdict(const std::string& line) {
    const std::string good = R"({"ctx": "a", "endings": ["b", "c"], "label": 1})" "\n";
    try {
        parse_choices(good + line + "\n" + good, "h.jsonl");
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("choices: the file, and what is wrong with its line") {
    const auto all = parse_choices(R"({"ind": 24, "ctx": "A man", "endings": ["x", "y z"], "label": "1"})" "\n\n", "h");
    REQUIRE(all.size() == 1);
    CHECK(all[0].endings[1] == "y z");
    CHECK(all[0].right == 1);
    for (const auto* line : {"{", R"({"ctx": "", "endings": ["b", "c"], "label": 0})", R"({"endings": ["b", "c"], "label": 1})", R"({"ctx": "a", "endings": ["b"], "label": 0})",
                             R"({"ctx": "a", "endings": ["b", "c"], "label": 2})", R"({"ctx": "a", "endings": ["b", 3], "label": 0})",
                             R"({"ctx": "a", "endings": ["b", "c"], "label": "x"})", R"({"ctx": "a", "endings": ["b", "c"]})"}) {
        CAPTURE(line);
        CHECK(has(verdict(line), "h.jsonl, line 2"));
    }
    CHECK_THROWS_AS(parse_choices("\n\n", "h"), error);
}

TEST_CASE("choices: an ending's score is the loss of its tokens behind the context; long contexts lose their beginning") {
    gpt<float> model({.vocab_size = 256, .block_size = 12, .n_layer = 1, .n_head = 2, .n_embd = 16}, 3);
    for (const auto& p : parameters(model))
        for (std::size_t i = 0; i < p.size; ++i) p.value[i] *= p.is_matrix() ? 8 : 1;
    const tokenizer bytes = byte_tokenizer();
    gpt<float>::cache cache;
    for (const std::string context : {"abc", "a much longer context"}) {
        const choice_question q{.context = context, .endings = {"d", "efg"}, .right = 0};
        const auto scores = score_endings(model, bytes, q, cache);
        for (std::size_t e = 0; e < 2; ++e) {
            auto ids = bytes.encode(context + " " + q.endings[e]);
            if (ids.size() > 13) ids.erase(ids.begin(), ids.end() - 13);
            const std::size_t T = ids.size() - 1, asked = q.endings[e].size() + 1;
            token_ids<> x, y;
            resize(x, {1, T});
            resize(y, {1, T});
            for (std::size_t t = 0; t < T; ++t) x.data()[t] = ids[t], y.data()[t] = t + asked < T ? -1 : ids[t + 1];
            const double mean = model.loss(x, y, cache);
            CHECK(scores.means[e] == doctest::Approx(mean).epsilon(1e-4));
            CHECK(scores.sums[e] == doctest::Approx(mean * static_cast<double>(asked)).epsilon(1e-4));
        }
    }
    const auto r = answer_choices(model, bytes, parse_choices(R"({"ctx": "a", "endings": ["b", "c"], "label": 1})", ""));
    CHECK(r.questions == 1);
    CHECK(r.right_by_mean <= 1);
}

TEST_CASE("evaluate_text: every token of a text of any length, as one window or as several") {
    gpt<float> model({.vocab_size = 20, .block_size = 5, .n_layer = 1, .n_head = 1, .n_embd = 8}, 3);
    gpt<float>::cache cache;
    for (const std::size_t n : {2, 4, 6, 7, 11, 12, 30}) {
        std::vector<token> ids(n);
        for (std::size_t i = 0; i < n; ++i) ids[i] = static_cast<token>(i * 7 % 20);
        const auto e = evaluate_text(model, std::span<const token>(ids), 2, cache);
        CHECK(e.tokens == n - 1);
        double sum = 0;
        const std::size_t T = std::min<std::size_t>(5, n - 1);
        for (std::size_t begin = 0; begin + 1 < n; begin += T) {
            const std::size_t count = std::min(T, n - 1 - begin);
            token_ids<> x, y;
            resize(x, {1, count});
            resize(y, {1, count});
            for (std::size_t t = 0; t < count; ++t) x.data()[t] = ids[begin + t], y.data()[t] = ids[begin + t + 1];
            sum += model.loss(x, y, cache) * static_cast<double>(count);
        }
        CHECK(e.loss == doctest::Approx(sum / static_cast<double>(n - 1)).epsilon(1e-6));
    }
}
