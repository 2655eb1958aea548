// The learning rate at the places that matter, for each shape.
#include <doctest/doctest.h>

#include <stepgpt/optim/schedule.hpp>

using stepgpt::decay, stepgpt::schedule;
using doctest::Approx;

TEST_CASE("schedule: warm-up rises in equal steps from above 0 to lr") {
    const schedule rate{.lr = 1, .min_lr = 0.1, .warmup = 4, .steps = 104};
    CHECK(rate(0) == Approx(0.2));
    CHECK(rate(1) == Approx(0.4));
    CHECK(rate(3) == Approx(0.8));
    CHECK(rate(4) == Approx(1.0));
}

TEST_CASE("schedule: half a cosine, a line, or level, down to min_lr") {
    schedule rate{.lr = 1, .min_lr = 0.1, .warmup = 4, .steps = 104, .shape = decay::cosine};
    CHECK(rate(29) == Approx(0.1 + 0.9 * 0.853553391));   // (1 + cos(pi / 4)) / 2
    CHECK(rate(54) == Approx(0.55));
    CHECK(rate(104) == Approx(0.1));
    CHECK(rate(100'000) == Approx(0.1));

    rate.shape = decay::linear;
    CHECK(rate(29) == Approx(0.1 + 0.9 * 0.75));
    CHECK(rate(54) == Approx(0.55));
    CHECK(rate(104) == Approx(0.1));

    rate.shape = decay::constant;
    CHECK(rate(3) == Approx(0.8));
    CHECK(rate(54) == 1);
    CHECK(rate(104) == 1);
}

TEST_CASE("schedule: never rises after the warm-up") {
    for (const auto shape : {decay::constant, decay::linear, decay::cosine}) {
        const schedule rate{.lr = 1e-3, .min_lr = 1e-4, .warmup = 100, .steps = 2000, .shape = shape};
        for (std::size_t step = 101; step < 2100; ++step) CHECK(rate(step) <= rate(step - 1));
    }
}

TEST_CASE("schedule: no warm-up, and nothing but warm-up") {
    CHECK(schedule{.lr = 1, .min_lr = 0, .warmup = 0, .steps = 10}(0) == 1);
    const schedule short_run{.lr = 1, .min_lr = 0.1, .warmup = 10, .steps = 10};
    CHECK(short_run(9) == Approx(10.0 / 11));
    CHECK(short_run(10) == Approx(0.1));   // not 0 / 0
}

TEST_CASE("schedule: shapes by name") {
    CHECK(stepgpt::decay_named("cosine") == decay::cosine);
    CHECK(stepgpt::decay_named("linear") == decay::linear);
    CHECK(stepgpt::decay_named("constant") == decay::constant);
    CHECK_THROWS_WITH_AS(stepgpt::decay_named("cosin"), doctest::Contains("wanted constant, linear or cosine"),
                         stepgpt::error);
}
