#include <stepgpt/train/options.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace stepgpt;

static std::string complaint_about(const train_options& options) {
    try {
        check(options);
        return "";
    } catch (const error& e) {
        return e.about().subject;
    }
}

TEST_CASE("the defaults are nanoGPT's for a laptop") {
    CHECK(complaint_about({}).empty());
    const auto schedule = train_options{}.schedule();
    CHECK(schedule(100) == doctest::Approx(1e-3));
    CHECK(schedule(2000) == doctest::Approx(1e-4));
}

TEST_CASE("an option out of range is named") {
    CHECK(complaint_about({.batch_size = 0}) == "batch-size");
    CHECK(complaint_about({.batch_size = static_cast<std::size_t>(-3)}) == "batch-size");
    CHECK(complaint_about({.steps = 0}) == "steps");
    CHECK(complaint_about({.accumulate = 0}) == "accumulate");
    CHECK(complaint_about({.optimizer = "adam"}) == "optimizer");
    CHECK(complaint_about({.lr = 0}) == "lr");
    CHECK(complaint_about({.lr = std::nan("")}) == "lr");
    CHECK(complaint_about({.lr = 1e-3, .min_lr = 1e-2}) == "min-lr");
    CHECK(complaint_about({.steps = 50, .warmup = 100}) == "warmup");
    CHECK(complaint_about({.beta1 = 1}) == "beta1");
    CHECK(complaint_about({.beta2 = -0.1}) == "beta2");
    CHECK(complaint_about({.clip = -1}) == "clip");
    CHECK(complaint_about({.eval_every = 0}) == "eval-every");
}
