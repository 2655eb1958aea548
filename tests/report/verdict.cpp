#include <stepgpt/report/verdict.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

bool says(const verdict& v, const std::string& words) {
    for (const auto& sentence : v.sentences)
        if (sentence.find(words) != sentence.npos) return true;
    return false;
}

run_report ordinary_run() {
    run_report run;
    run.rows = {{.step = 0, .val = 4.165},
                {.step = 250, .tokens = 192'000, .train = 2.4, .val = 2.4447, .tokens_per_second = 14'000},
                {.step = 2000, .tokens = 1'536'000, .train = 1.76, .val = 1.8857, .tokens_per_second = 14'300},
                {.step = 2001, .tokens = 1'536'768, .train = 1.75, .tokens_per_second = 14'400}};
    run.baselines = {{"uniform", std::log(65)}, {"bigram", 2.4857}, {"trigram", 1.7}};
    return run;
}

}  // namespace

TEST_CASE("judge: an ordinary run") {
    const auto v = judge(ordinary_run());
    CHECK(says(v, "The first loss is 4.165, and ln V is 4.174: it starts by guessing uniformly, as it should."));
    CHECK(says(v, "The best validation loss is 1.8857 at step 2000: as unsure as a fair choice among 6.59 tokens."));
    CHECK(says(v, "It beats uniform guessing (4.174) and the bigram table (2.486), not yet the trigram table (1.700)"));
    CHECK(says(v, "It read 1.54M tokens in 2001 steps, typically 14.3k a second."));
    CHECK(!says(v, "floor"));
    CHECK(!says(v, "Since then"));
    REQUIRE(v.figures.size() == 4);
    CHECK(v.figures[0].value == "1.886");
    CHECK(v.figures[3].value == "14.3k");
}

TEST_CASE("judge: the floor") {
    auto run = ordinary_run();
    run.floor = 1.5;
    CHECK(says(judge(run), "0.386 above the floor of 1.500"));
    CHECK(says(judge(run), "it has learnt 85.6 %"));           // (4.1744 - 1.8857) / (4.1744 - 1.5)
    run.floor = 2;
    CHECK(says(judge(run), "0.114 below the floor of 2.000, which nothing can reach"));
}

TEST_CASE("judge: a bad start, a late rise, a loss that is no number") {
    auto run = ordinary_run();
    run.rows[0].val = 106.97;
    run.rows[2].val = 2.6;
    run.rows[3].train = std::nan("");
    const auto v = judge(run);
    CHECK(says(v, "it starts worse than guessing"));
    CHECK(says(v, "2.4447 at step 250"));
    CHECK(says(v, "Since then it has risen to 2.6000 (step 2000)."));
    CHECK(says(v, "At step 2001 the loss was not finite."));
    run.rows[0].val = 1.2;
    CHECK(says(judge(run), "it starts with something learnt before"));
    run.rows.erase(run.rows.begin());                          // a log that begins at step 250 tells nothing of it
    CHECK(!says(judge(run), "The first loss"));
}

TEST_CASE("judge: a run that has learnt nothing beats nothing") {
    run_report run;
    run.rows = {{.step = 0, .val = 5}};
    run.baselines = {{"uniform", 4}, {"unigram", 3}};
    CHECK(says(judge(run), "It does not beat uniform guessing (4.000) and the unigram table (3.000) yet."));
}

TEST_CASE("judge: nothing measured, nothing said") {
    CHECK(judge({}).sentences.empty());
    CHECK(judge({}).figures.empty());
    run_report run;
    run.rows = {{.step = 1, .val = std::nan("")}};
    CHECK(says(judge(run), "At step 1 the loss was not finite."));
}
