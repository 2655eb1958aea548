#include <stepgpt/generate/sampler.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <doctest/doctest.h>

using namespace stepgpt;

static std::map<token, int> draw(const std::vector<float>& logits, const sampling& how, int times) {
    std::map<token, int> counts;
    sampler s(how);
    for (int i = 0; i < times; ++i) ++counts[s.choose(std::span<const float>(logits))];
    return counts;
}

TEST_CASE("temperature 0 takes the likeliest, of equals the first") {
    CHECK(draw({1, 3, 2}, {.temperature = 0}, 5) == std::map<token, int>{{1, 5}});
    CHECK(draw({3, 3, 2}, {.temperature = 0}, 5) == std::map<token, int>{{0, 5}});
}

TEST_CASE("draws follow the softmax: chi-squared") {
    const std::vector<float> logits = {0, 1, 2, 0.5f};
    for (const double temperature : {0.5, 1.0, 2.0}) {
        double total = 0, chi_squared = 0;
        for (const float logit : logits) total += std::exp(logit / temperature);
        auto counts = draw(logits, {.temperature = temperature, .seed = 7}, 20'000);
        for (token id = 0; id < 4; ++id) {
            const double expected = 20'000 * std::exp(logits[static_cast<std::size_t>(id)] / temperature) / total;
            chi_squared += (counts[id] - expected) * (counts[id] - expected) / expected;
        }
        CHECK(chi_squared < 16.27);      // 3 degrees of freedom: exceeded once in 1000 seeds
    }
}

TEST_CASE("top_k and top_p leave the unlikely out") {
    const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.15f), std::log(0.05f)};
    CHECK(draw(logits, {.top_k = 1}, 100).size() == 1);
    CHECK(draw(logits, {.top_k = 2}, 500).size() == 2);
    CHECK(draw(logits, {.top_p = 0.4}, 500).size() == 1);     // the first alone has 0.5
    CHECK(draw(logits, {.top_p = 0.6}, 500).size() == 2);     // the first is not enough
    CHECK(draw(logits, {.top_k = 3, .top_p = 0.8}, 500).size() == 2);   // of the three kept, two have 0.8 / 0.95 = 0.84
}

TEST_CASE("min_p leaves out what is much less likely than the likeliest; after the others") {
    const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.15f), std::log(0.05f)};
    CHECK(draw(logits, {.min_p = 0.2}, 500).size() == 3);     // 0.2 * 0.5 = 0.1
    CHECK(draw(logits, {.min_p = 1}, 100).size() == 1);
    CHECK(draw(logits, {.top_k = 2, .min_p = 0.2}, 500).size() == 2);
}

TEST_CASE("top_k and top_p keep the same tokens, in whatever order they come") {
    std::vector<float> logits(200);
    const random_numbers numbers(3, stream::test);
    for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(3 * numbers.normal(i));
    const auto smallest = [&](const std::map<token, int>& drawn) {
        float least = INFINITY;
        for (const auto& [id, times] : drawn) least = std::min(least, logits[static_cast<std::size_t>(id)]);
        return least;
    };
    const auto drawn = draw(logits, {.top_k = 7}, 5000);
    CHECK(drawn.size() == 7);
    CHECK(std::count_if(logits.begin(), logits.end(), [&](float x) { return x >= smallest(drawn); }) == 7);
    const auto nucleus = draw(logits, {.top_p = 0.5}, 5000);
    CHECK(static_cast<std::size_t>(std::count_if(logits.begin(), logits.end(), [&](float x) {
        return x >= smallest(nucleus);
    })) == nucleus.size());
}

TEST_CASE("repetition: what is there already becomes less likely, once") {
    std::vector<float> logits = {2, -2, 1, -1};
    const std::vector<token> seen{0, 1, 0, 1};
    penalise_repetition(std::span(logits), std::span<const token>(seen), 2);
    CHECK(logits == std::vector<float>{1, -4, 1, -1});
    CHECK(log_sum_exp(std::span<const float>(std::vector<float>{1000, 1000})) == doctest::Approx(1000 + std::log(2)));
}

TEST_CASE("the same seed draws the same tokens") {
    const std::vector<float> logits = {0, 0, 0, 0};
    sampler a({.seed = 3}), b({.seed = 3}), c({.seed = 4});
    int same = 0;
    for (int i = 0; i < 100; ++i) {
        const token first = a.choose(std::span<const float>(logits));
        CHECK(first == b.choose(std::span<const float>(logits)));
        same += first == c.choose(std::span<const float>(logits));
    }
    CHECK(same < 60);
}

TEST_CASE("settings that mean nothing are refused") {
    CHECK_THROWS_AS(sampler({.temperature = -1}), error);
    CHECK_THROWS_AS(sampler({.temperature = std::nan("")}), error);
    CHECK_THROWS_AS(sampler({.top_p = 0}), error);
    CHECK_THROWS_AS(sampler({.top_p = 1.5}), error);
    CHECK_THROWS_AS(sampler({.min_p = -0.1}), error);
    CHECK_THROWS_AS(sampler({.repetition_penalty = 0}), error);
}
