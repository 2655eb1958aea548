#include <doctest/doctest.h>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/text/split.hpp>

#include <string>
#include <vector>

using namespace stepgpt;

static std::vector<split_unit> units(const std::vector<std::uint64_t>& sizes) {
    std::vector<split_unit> all;
    for (std::size_t i = 0; i < sizes.size(); ++i) all.push_back({sizes[i], hash64(std::to_string(i)), i});
    return all;
}

static double share(const std::vector<split_unit>& all, const split_plan& plan) {
    double part = 0, whole = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto size = static_cast<double>(all[i].characters);
        whole += size;
        if (plan.validation[i]) part += size - (i == plan.cut ? static_cast<double>(plan.cut_at) : 0);
    }
    return part / whole;
}

TEST_CASE("split: a tail of one text is cut at nanoGPT's character") {
    const auto plan = split_by_tail(units({1'115'394}), 0.1);   // tinyshakespeare: 1,003,854 and 111,540 characters
    CHECK(plan.cut == 0);
    CHECK(plan.cut_at == 1'003'854);
    CHECK(plan.validation == std::vector<bool>{true});
}

TEST_CASE("split: a tail of many documents is cut between them") {
    const auto even = units(std::vector<std::uint64_t>(100, 1000));
    auto plan = split_by_tail(even, 0.1);
    CHECK(plan.cut == split_plan::nowhere);
    CHECK_FALSE(plan.validation[89]);
    CHECK(plan.validation[90]);
    CHECK(share(even, plan) == doctest::Approx(0.1));

    const auto odd = units({70, 15, 15});          // 85 % or 70 %: the nearer one is within half of a tenth
    plan = split_by_tail(odd, 0.1);
    CHECK(plan.validation == std::vector<bool>{false, false, true});
    CHECK(plan.cut == split_plan::nowhere);

    plan = split_by_tail(units({50, 50}), 0.1);     // a half is too much: the second one is cut
    CHECK(plan.cut == 1);
    CHECK(plan.cut_at == 40);

    plan = split_by_tail(units({1, 99}), 0.1);
    CHECK(plan.cut == 1);
    CHECK(plan.cut_at == 89);
}

TEST_CASE("split: documents are drawn by their hash, to the share asked for") {
    const auto all = units(std::vector<std::uint64_t>(1000, 10));
    const auto plan = split_by_document(all, 0.1);
    CHECK(share(all, plan) == doctest::Approx(0.1).epsilon(0.02));
    std::size_t early = 0;
    for (std::size_t i = 0; i < 500; ++i) early += plan.validation[i];
    CHECK(early > 25);                              // from everywhere
    CHECK(early < 75);

    CHECK(share(units({900, 50, 60, 800, 70}), split_by_document(units({900, 50, 60, 800, 70}), 0.1)) < 0.12);
    std::vector<std::uint64_t> mixed(1000, 10);          // a thousand notes and ten novels
    for (std::size_t i = 0; i < 1000; i += 100) mixed[i] = 9'000;
    const auto both = split_by_document(units(mixed), 0.1);
    std::size_t notes = 0, novels = 0;
    for (std::size_t i = 0; i < 1000; ++i) (i % 100 == 0 ? novels : notes) += both.validation[i];
    CHECK(novels == 1);
    CHECK(notes > 90);
    CHECK(notes < 110);

    const auto two = split_by_document(units({100, 200}), 0.1);
    CHECK(two.validation == std::vector<bool>{true, false});   // the smallest, if nothing fits
    CHECK_THROWS_WITH_AS(split_by_document(units({5}), 0.1), doctest::Contains("--split tail"), error);
    CHECK_THROWS_AS(split_by_document(all, 0.0), error);
    CHECK_THROWS_AS(split_by_tail(all, 1.0), error);
}

TEST_CASE("split: duplicates of each other stay on one side") {
    auto all = units(std::vector<std::uint64_t>(200, 10));
    for (std::size_t i = 1; i < 200; i += 2) all[i].group = i - 1;
    auto plan = split_by_document(all, 0.2);
    for (std::size_t i = 1; i < 200; i += 2) CHECK(plan.validation[i] == plan.validation[i - 1]);

    all = units(std::vector<std::uint64_t>(100, 10));
    all[95].group = 3;                               // a late copy of an early one
    all[96].group = 92;
    plan = split_by_tail(all, 0.1);
    CHECK(plan.dropped[95]);
    CHECK_FALSE(plan.dropped[96]);
}
