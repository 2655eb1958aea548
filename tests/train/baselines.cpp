#include <stepgpt/train/baselines.hpp>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "support.hpp"

using namespace stepgpt;
using doctest::Approx;

TEST_CASE("baselines of a text small enough to count by hand") {
    const std::vector<token> train = {0, 1, 0, 1, 0};            // a b a b a
    const std::vector<token> validation = {0, 1};
    const auto loss = measure_baselines(train, validation, 2);

    CHECK(loss.uniform == Approx(std::log(2.0)));
    // unigram: n = 5, t = 2: p(a) = (3 + 2 / 2) / 7, p(b) = (2 + 2 / 2) / 7
    const double a = 4.0 / 7, b = 3.0 / 7;
    CHECK(loss.unigram == Approx(-(std::log(a) + std::log(b)) / 2));
    // bigram: the first token has no context; after a: n = 2, t = 1: p(b | a) = (2 + 1 p(b)) / 3
    const double b_after_a = (2 + b) / 3;
    CHECK(loss.bigram == Approx(-(std::log(a) + std::log(b_after_a)) / 2));
    // trigram: nothing stands two places before either token
    CHECK(loss.trigram == Approx(loss.bigram));
}

TEST_CASE("probabilities of a context sum to one") {
    const std::vector<token> train = {0, 1, 2, 0, 2, 1, 1, 0, 0, 2};
    double sum[3] = {};
    for (token next = 0; next < 4; ++next) {                     // 3 was never seen
        const std::vector<token> validation = {0, 2, next};      // the first two terms are the same for every `next`
        const std::vector<token> known = {0, 2};
        const auto with = measure_baselines(train, validation, 4), without = measure_baselines(train, known, 4);
        sum[0] += std::exp(-(3 * with.unigram - 2 * without.unigram));
        sum[1] += std::exp(-(3 * with.bigram - 2 * without.bigram));
        sum[2] += std::exp(-(3 * with.trigram - 2 * without.trigram));
    }
    for (const double s : sum) CHECK(s == Approx(1));
}

TEST_CASE("tiny Shakespeare has the losses that are published for it") {
    const auto path = test::shared_data("tinyshakespeare.txt");
    if (!path) return;
    const std::string text = test::read(*path);
    std::vector<token> id(256, -1), ids;
    token V = 0;
    for (int byte = 0; byte < 256; ++byte)
        if (text.find(static_cast<char>(byte)) != std::string::npos) id[static_cast<std::size_t>(byte)] = V++;
    for (const unsigned char byte : text) ids.push_back(id[byte]);
    const std::size_t cut = text.size() * 9 / 10;
    const std::span<const token> all(ids);
    const auto loss = measure_baselines(all.first(cut), all.subspan(cut), static_cast<std::size_t>(V));
    CHECK(V == 65);
    CHECK(loss.uniform == Approx(4.1744).epsilon(1e-4));
    CHECK(loss.unigram == Approx(3.3472).epsilon(1e-4));
    CHECK(loss.bigram == Approx(2.4857).epsilon(2e-4));
    CHECK(loss.trigram == Approx(2.0493).epsilon(2e-4));
}
