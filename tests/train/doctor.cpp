#include <stepgpt/train/doctor.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

using namespace stepgpt;

static bool says(const advice& a, const std::string& part) { return a && a->find(part) != std::string::npos; }

TEST_CASE("a healthy run is left in peace") {
    CHECK_FALSE(doubt_first_loss(4.1967, 65));              // ln 65 = 4.1744
    CHECK_FALSE(doubt_progress(2.3, 65, 400));
    CHECK_FALSE(doubt_leak(3.9, 40, 1'000'000));
    CHECK_FALSE(doubt_validation(111'488));
    CHECK_FALSE(doubt_batch(768));
    CHECK_FALSE(doubt_generalisation(1.76, 1.90));
}

TEST_CASE("each illness has its sentence") {
    CHECK(says(doubt_first_loss(106.97, 85), "weights are too large"));       // a tied embedding of standard deviation 1
    CHECK(says(doubt_first_loss(1.2, 65), "trained before"));
    CHECK(says(doubt_progress(4.17, 65, 250), "guesses uniformly"));
    CHECK(says(doubt_leak(0.03, 40, 20'000), "the future"));
    CHECK(says(doubt_validation(61), "only 61 tokens"));
    CHECK(says(doubt_batch(64), "only 64 tokens"));
    CHECK(says(doubt_generalisation(0.4, 6.2), "by heart"));
}

TEST_CASE("still guessing is a verdict only after a while") { CHECK_FALSE(doubt_progress(4.17, 65, 100)); }

TEST_CASE("the first tensor that is not finite is named") {
    double value[2] = {1, 2}, grad[2] = {0, 0};
    bool trainable = true;
    std::vector<parameter_view<double>> all = {{"h.0.ln_1.weight", {2}, value, grad, 2, &trainable},
                                               {"h.0.ln_1.bias", {2}, value, grad, 2, &trainable}};
    CHECK(first_non_finite(cpu{}, all).empty());
    grad[1] = std::numeric_limits<double>::quiet_NaN();
    CHECK(first_non_finite(cpu{}, all) == "h.0.ln_1.weight.grad");
    value[0] = std::numeric_limits<double>::infinity();
    CHECK(first_non_finite(cpu{}, all) == "h.0.ln_1.weight");
}
