#include <stepgpt/train/plan.hpp>

#include <span>
#include <string>

#include <doctest/doctest.h>
#include <stepgpt/nn/gpt.hpp>

#include "../support.hpp"

using namespace stepgpt;

namespace {

const means an_hour{.seconds = 3600,
                    .bytes = 8e9,
                    .start = 2,
                    .held = 1e7,
                    .train_tokens = 1'000'000,
                    .validation_tokens = 100'000,
                    .vocab_size = 65};
const machine limits{.operations = 2e11, .bytes = 3e10};

// A machine that reaches half of its limits on every model.
probe_result half_as_fast(const gpt_config& sizes, const train_options& options) {
    const double step = 2 * seconds_at_limit(sizes, static_cast<double>(options.batch_size * sizes.block_size), limits);
    return {step, step / 3};
}

}  // namespace

TEST_CASE("every shape of the ladder is a model, and the known ones are on it") {
    for (const std::size_t C : plan_widths) {
        const gpt_config c = shape_of_width(C, an_hour);
        CHECK_NOTHROW(check(c));
        CHECK(c.block_size <= 4 * C / 5);
    }
    const auto nano = shape_of_width(128, an_hour), baby = shape_of_width(384, an_hour),
               small = shape_of_width(768, an_hour);
    CHECK((nano.n_layer == 4 && nano.n_head == 4));
    CHECK((baby.n_layer == 6 && baby.n_head == 6 && baby.block_size == 256));
    CHECK((small.n_layer == 12 && small.n_head == 12));
}

TEST_CASE("a window fits into the shorter split") {
    means few = an_hour;
    few.validation_tokens = 40;
    CHECK(shape_of_width(128, few).block_size == 32);
    few.validation_tokens = 1;
    CHECK_THROWS_AS(shape_of_width(128, few), error);
}

TEST_CASE("a batch grows with the tokens that there is time for") {
    const gpt_config c = shape_of_width(160, an_hour);                       // T 128
    CHECK(batch_for(c, 1e6) == 8);
    CHECK(batch_for(c, 1e7) == 16);                                          // 2048 tokens: still 4882 steps
    CHECK(batch_for(c, 1e12) == 512);                                        // at most 65536 tokens
}

TEST_CASE("what would be learnt by heart is dropped now and then: many epochs, many parameters") {
    constexpr double text = 1e6;
    CHECK(dropout_for(350'000, 20e6, text) == 0);
    CHECK(dropout_for(350'000, 65e6, text) == 0.1);
    CHECK(dropout_for(3'300'000, 20e6, text) == 0.1);
    CHECK(dropout_for(10'700'000, 80e6, text) == 0.2);                       // nanoGPT's choice
    CHECK(dropout_for(124'000'000, 4 * text, text) == 0);                    // four times as good as new

    means m = an_hour;
    m.seconds = 60 * 60 * 5;
    const auto all = propose_all(m, limits, half_as_fast);
    CHECK(all[best_of(all)].sizes.dropout > 0);
    m.train_tokens = 1'000'000'000;
    const auto fresh = propose_all(m, limits, half_as_fast);
    CHECK(fresh[best_of(fresh)].sizes.dropout == 0);
}

TEST_CASE("a wider model takes smaller steps") {
    CHECK(rate_for(32) == 4e-3);
    CHECK(rate_for(128) == doctest::Approx(3e-3));
    CHECK(rate_for(384) == doctest::Approx(1e-3));                           // nanoGPT's
}

TEST_CASE("what is proposed fits the time and the memory") {
    for (const double minutes : {1.0, 5.0, 20.0, 600.0}) {
        means m = an_hour;
        m.seconds = 60 * minutes;
        int probes = 0;
        const auto all = propose_all(
            m, limits, [&](const auto& sizes, const auto& options) { return ++probes, half_as_fast(sizes, options); });
        const proposal& p = all[best_of(all)];
        CHECK(p.seconds == doctest::Approx(m.seconds).epsilon(0.01));
        CHECK(p.bytes <= m.bytes);
        CHECK(p.tokens == doctest::Approx(p.tokens_a_step() * static_cast<double>(p.options.steps)));
        CHECK_NOTHROW(check(p.options));
        CHECK(probes >= 1);
        CHECK(probes <= 4);
    }
}

TEST_CASE("more time asks for a larger model, less memory for a smaller one") {
    const auto width = [](double minutes, double bytes) {
        means m = an_hour;
        m.seconds = 60 * minutes, m.bytes = bytes;
        const auto all = propose_all(m, limits, half_as_fast);
        return all[best_of(all)].sizes.n_embd;
    };
    CHECK(width(1, 8e9) < width(20, 8e9));
    CHECK(width(20, 8e9) < width(2000, 8e9));
    CHECK(width(2000, 6e7) < width(2000, 8e9));
    CHECK_THROWS_AS(width(0.0001, 8e9), error);
    CHECK_THROWS_AS(width(60, 1e6), error);
}

TEST_CASE("a width of one's own choice is planned for alone, on the ladder or not") {
    for (const std::size_t C : {std::size_t{48}, std::size_t{192}}) {
        const auto all = propose_all(an_hour, limits, half_as_fast, std::span(&C, 1));
        CHECK(all.size() == 1);
        CHECK(all[0].sizes.n_embd == C);
        CHECK(all[0].seconds == doctest::Approx(3600).epsilon(0.01));
    }
}

TEST_CASE("what is proposed for a width does not depend on what was guessed before it was probed") {
    const std::size_t C = 192;
    const auto planned = [&](double share, double minutes) {
        means m = an_hour;
        m.seconds = 60 * minutes;
        const auto reached = [&](const gpt_config& sizes, const train_options& options) -> probe_result {
            const double step = seconds_at_limit(sizes, static_cast<double>(options.batch_size * sizes.block_size), limits) / share;
            return {step, step / 3};
        };
        return propose_all(m, limits, reached, std::span(&C, 1))[0];
    };
    for (const double minutes : {2.0, 5.0, 12.0, 40.0, 90.0, 300.0}) {
        const proposal slow = planned(0.25, 4 * minutes), guessed = planned(0.5, 2 * minutes), fast = planned(1, minutes);
        for (const auto& p : {slow, fast}) {                                // as much work each time
            CHECK(p.options.batch_size == guessed.options.batch_size);
            CHECK(p.sizes.dropout == guessed.sizes.dropout);
        }
        CHECK(fast.options.batch_size == batch_for(fast.sizes, fast.tokens));
    }
}

TEST_CASE("a probe that is slower than expected changes the choice") {
    const auto slow_if_wide = [](const gpt_config& sizes, const train_options& options) {
        probe_result times = half_as_fast(sizes, options);
        if (sizes.n_embd > 64) times.step *= 100, times.forward *= 100;
        return times;
    };
    const auto all = propose_all(an_hour, limits, slow_if_wide);
    CHECK(all[best_of(all)].sizes.n_embd <= 64);
}
