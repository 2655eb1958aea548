// AdamW: two steps by hand, decay, frozen parameters, and what a checkpoint needs.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <stepgpt/nn/linear.hpp>
#include <stepgpt/optim/adamw.hpp>

using namespace stepgpt;

namespace {

struct two_weights {                // a matrix and a bias, all 1, with gradients 2 and -0.5
    using real = double;
    linear<double, cpu> layer{"c_fc", 1, 1};
    std::vector<parameter_view<double>> all = parameters(*this);

    two_weights() {
        weight() = bias() = 1;
        gradient(2, -0.5);
    }
    two_weights(const two_weights&) = delete;   // `all` points into it
    double& weight() { return layer.weight.value(0, 0); }
    double& bias() { return layer.bias.value(0); }
    void gradient(double of_weight, double of_bias) {
        layer.weight.grad(0, 0) = of_weight;
        layer.bias.grad(0) = of_bias;
    }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        layer.each_parameter(visit);
    }
};

}  // namespace

TEST_CASE_TEMPLATE("adamw: the first step has the length of the rate, whatever the gradient", Device, cpu, simd) {
    // m = 0.1 g, v = 0.01 g^2; corrected: m = g, v = g^2; so the direction is g / |g|.
    two_weights model;
    adamw<double, Device> rule({.beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0}, model.all);
    rule.step(model.all, 0.01, 1);
    CHECK(model.weight() == doctest::Approx(1 - 0.01).epsilon(1e-8));
    CHECK(model.bias() == doctest::Approx(1 + 0.01).epsilon(1e-7));
    CHECK(rule.t() == 1);
}

TEST_CASE_TEMPLATE("adamw: the second step by hand", Device, cpu, simd) {
    two_weights model;
    adamw<double, Device> rule({.beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0}, model.all);
    rule.step(model.all, 0.01, 1);
    const double after_one = model.weight();
    model.gradient(-1, -0.5);
    rule.step(model.all, 0.01, 1);
    const double m = 0.9 * 0.2 + 0.1 * -1, v = 0.99 * 0.04 + 0.01 * 1;               // 0.08, 0.0496
    const double direction = (m / (1 - 0.81)) / (std::sqrt(v / (1 - 0.9801)) + 1e-8);
    CHECK(model.weight() == doctest::Approx(after_one - 0.01 * direction).epsilon(1e-14));
    CHECK(rule.t() == 2);   // once a step, not once a tensor
}

TEST_CASE_TEMPLATE("adamw: matrices decay, biases and gains do not", Device, cpu, simd) {
    two_weights model;
    model.gradient(0, 0);
    adamw<double, Device> rule({.weight_decay = 0.1}, model.all);
    rule.step(model.all, 0.5, 1);
    CHECK(model.weight() == doctest::Approx(1 - 0.5 * 0.1).epsilon(1e-14));
    CHECK(model.bias() == 1);
}

TEST_CASE("adamw: a frozen parameter keeps its bits, and has no moments") {
    two_weights model;
    model.layer.weight.trainable = false;
    adamw<double, cpu> rule({.weight_decay = 0.1}, model.all);
    rule.step(model.all, 0.5, 1);
    CHECK(model.weight() == 1);
    CHECK(model.bias() != 1);
    const auto kept = rule.state(model.all);
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].name == "c_fc.bias.m");
    CHECK(*kept[0].value != 0);
}

TEST_CASE("adamw: the gradient's scale is the same as a scaled gradient") {
    two_weights scaled, small;
    small.gradient(1, -0.25);
    adamw<double> a({.eps = 0.1}, scaled.all), b({.eps = 0.1}, small.all);
    a.step(scaled.all, 0.01, 0.5);
    b.step(small.all, 0.01, 1);
    CHECK(scaled.weight() == small.weight());
}

TEST_CASE("adamw: state and t continue a run to the bit") {
    two_weights whole, before, after;
    adamw<double> one({}, whole.all), first({}, before.all), second({}, after.all);
    for (int i = 0; i < 6; ++i) one.step(whole.all, 0.01, 1);
    for (int i = 0; i < 3; ++i) first.step(before.all, 0.01, 1);

    after.weight() = before.weight();
    after.bias() = before.bias();
    const auto from = first.state(before.all), to = second.state(after.all);
    REQUIRE(from.size() == 4);
    CHECK(from[0].name == "c_fc.weight.m");
    CHECK(from[1].name == "c_fc.weight.v");
    CHECK(from[3].name == "c_fc.bias.v");
    CHECK(from[0].shape == std::vector<std::size_t>{1, 1});
    for (std::size_t i = 0; i < 4; ++i) *to[i].value = *from[i].value;
    second.set_t(first.t());
    for (int i = 0; i < 3; ++i) second.step(after.all, 0.01, 1);
    CHECK(after.weight() == whole.weight());
    CHECK(after.bias() == whole.bias());
}
