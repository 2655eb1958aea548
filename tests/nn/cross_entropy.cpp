// Cross-entropy: by hand, at the extremes, with targets that are not asked, and by differences.
#include <gradient_check.hpp>

#include <stepgpt/nn/cross_entropy.hpp>

using stepgpt::cross_entropy, stepgpt::tensor, stepgpt::token_ids;

TEST_CASE_TEMPLATE("cross_entropy: p = (1/4, 3/4) by hand", Device, stepgpt::cpu, stepgpt::simd) {
    const cross_entropy<double, Device> criterion;
    typename cross_entropy<double, Device>::cache c;
    tensor<double, 3> logits{{{0, std::log(3)}}};
    CHECK(criterion.forward(logits, token_ids<>{{1}}, c) == doctest::Approx(-std::log(0.75)).epsilon(1e-14));
    criterion.backward(logits, token_ids<>{{1}}, c);   // p - one_hot
    CHECK(logits(0, 0, 0) == doctest::Approx(0.25).epsilon(1e-14));
    CHECK(logits(0, 0, 1) == doctest::Approx(-0.25).epsilon(1e-14));
}

TEST_CASE("cross_entropy: a model that knows nothing has ln V") {
    const cross_entropy<double> criterion;
    cross_entropy<double>::cache c;
    tensor<double, 3> logits;
    stepgpt::resize(logits, {1, 2, 65});
    stepgpt::fill(logits, 3);   // whatever the level
    CHECK(criterion.forward(logits, token_ids<>{{0, 64}}, c) == doctest::Approx(std::log(65)).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("cross_entropy: neither certainty nor error overflows", Device, stepgpt::cpu, stepgpt::simd) {
    const cross_entropy<float, Device> criterion;
    typename cross_entropy<float, Device>::cache c;
    tensor<float, 3> logits{{{1000, 0, -1000}, {1000, 0, -1000}}};
    CHECK(criterion.forward(logits, token_ids<>{{0, 2}}, c) == 1000);   // (0 + 2000) / 2
    criterion.backward(logits, token_ids<>{{0, 2}}, c);
    CHECK(logits == tensor<float, 3>{{{0, 0, 0}, {0.5f, 0, -0.5f}}});
}

TEST_CASE_TEMPLATE("cross_entropy: ignored targets change neither the mean nor any gradient", Device, stepgpt::cpu,
                   stepgpt::simd) {
    const cross_entropy<double, Device> criterion;
    typename cross_entropy<double, Device>::cache some, one, none;
    tensor<double, 3> three{{{1, 2, 3}, {5, 1, 1}, {0, 0, 9}}}, alone{{{5, 1, 1}}};
    CHECK(criterion.forward(three, token_ids<>{{-1, 2, -100}}, some) ==
          criterion.forward(alone, token_ids<>{{2}}, one));
    CHECK(some.count == 1);
    criterion.backward(three, token_ids<>{{-1, 2, -100}}, some);
    criterion.backward(alone, token_ids<>{{2}}, one);
    for (std::size_t v = 0; v < 3; ++v) {
        CHECK(three(0, 0, v) == 0);
        CHECK(three(0, 1, v) == alone(0, 0, v));
        CHECK(three(0, 2, v) == 0);
    }
    CHECK(criterion.forward(alone, token_ids<>{{-1}}, none) == 0);   // nothing asked: no 0/0
    criterion.backward(alone, token_ids<>{{-1}}, none);
    CHECK(alone == tensor<double, 3>{{{0, 0, 0}}});
}

TEST_CASE("cross_entropy: a target outside the vocabulary, or of another shape, is refused") {
    const cross_entropy<float> criterion;
    cross_entropy<float>::cache c;
    const tensor<float, 3> logits{{{0, 0, 0}, {0, 0, 0}}};
    CHECK_THROWS_WITH_AS(criterion.forward(logits, token_ids<>{{0, 3}}, c),
                         doctest::Contains("'targets[0,1]': found token id 3, wanted at most 2"), stepgpt::error);
    CHECK_THROWS_WITH_AS(criterion.forward(logits, token_ids<>{{0}}, c),
                         doctest::Contains("found shape (1, 1), wanted shape (1, 2)"), stepgpt::error);
}

TEST_CASE_TEMPLATE("cross_entropy: gradient check, with ignored targets and a scale", Device, stepgpt::cpu,
                   stepgpt::simd) {
    const cross_entropy<double, Device> criterion;
    auto logits = test::normals<3>({2, 4, 21}, 1, 2);
    const token_ids<> targets{{3, -1, 20, 0}, {-1, -1, 7, 7}};
    typename cross_entropy<double, Device>::cache c;
    const auto loss = [&] { return 0.25 * criterion.forward(logits, targets, c); };
    auto dlogits = logits;
    loss();
    criterion.backward(dlogits, targets, c, 0.25);
    test::check_claims(test::on<Device>("cross_entropy, ignored targets"),
                       {{"logits", logits.data(), {dlogits.begin(), dlogits.end()}}}, loss);
}
