#include <stepgpt/train/scaling_law.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace stepgpt;

// The N of the least loss for `compute` = 6 N D operations, all text new: a search along the curve.
static double best_size(double compute) {
    const scaling_law law;
    double best = 1;
    for (double N = 1e3; N < 1e13; N *= 1.01)
        if (law.fresh(N, compute / (6 * N)) < law.fresh(best, compute / (6 * best))) best = N;
    return best;
}

TEST_CASE("the law as published") {
    const scaling_law law;
    // Chinchilla's own size and data: 1.8172 + 482.01 / 5914.6 + 2085.43 / 27736
    CHECK(law.fresh(70e9, 1.4e12) == doctest::Approx(1.9739).epsilon(0.001));
    CHECK(law(1e4, 1e6, 1e6) == law.fresh(1e4, 1e6));   // nothing comes twice
}

TEST_CASE("the best size grows as the root of the compute, about 20 tokens a parameter at Chinchilla's") {
    const double compute = 6 * 70e9 * 1.4e12, N = best_size(compute), tokens = compute / (6 * N);
    CHECK(tokens / N > 15);
    CHECK(tokens / N < 30);
    // N ~ compute^(beta / (alpha + beta)) = compute^0.513: 100 times the compute, 10.6 times the parameters
    CHECK(best_size(100 * compute) / N == doctest::Approx(std::pow(100, 0.513)).epsilon(0.02));
}

TEST_CASE("text that is seen again counts less and less, and never harms") {
    const scaling_law law;
    const double once = law(1e4, 1e6, 1e6), twice = law(1e4, 2e6, 1e6), fresh = law(1e4, 2e6, 2e6);
    CHECK(twice < once);
    CHECK(twice == doctest::Approx(fresh).epsilon(0.01));   // the first repetitions are nearly as good as new text
    const double often = law(1e4, 1e9, 1e6), fresh_often = law(1e4, 1e9, 1e9);
    CHECK(often > fresh_often + 1);
    CHECK(often < twice);
}
