#include <stepgpt/train/scaling_law.hpp>

#include <initializer_list>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("the law as published") {
    const scaling_law law;
    // Chinchilla's own size and data: 1.8172 + 482.01 / 5914.6 + 2085.43 / 27736
    CHECK(law.fresh(70e9, 1.4e12) == doctest::Approx(1.9739).epsilon(0.001));
    // The best size for its data is near its own: about 20 tokens a parameter
    CHECK(1.4e12 / law.parameters_for(1.4e12) > 15);
    CHECK(1.4e12 / law.parameters_for(1.4e12) < 30);
    CHECK(law(1e4, 1e6, 1e6) == law.fresh(1e4, 1e6));                // nothing comes twice, nothing is too large
    CHECK(law(1e7, 1e6, 1e6) > law.fresh(1e7, 1e6));                 // more parameters than so many tokens can fill
}

TEST_CASE("at the best size, a little more of either gains as much") {
    const scaling_law law;
    for (const double D : {1e6, 1e8, 1e10}) {
        const double N = law.parameters_for(D), more = 1.0001;
        const double by_parameters = law.fresh(N, D) - law.fresh(N * more, D),
                     by_tokens = law.fresh(N, D) - law.fresh(N, D * more);
        CHECK(by_parameters == doctest::Approx(by_tokens).epsilon(0.001));
    }
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
