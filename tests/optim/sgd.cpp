// SGD with momentum by hand, decay, frozen parameters.
#include <doctest/doctest.h>

#include <vector>

#include <stepgpt/nn/linear.hpp>
#include <stepgpt/optim/optimizer.hpp>

using namespace stepgpt;

namespace {

struct one_layer {
    using real = double;
    linear<double, cpu> layer{"c_fc", 1, 1};
    std::vector<parameter_view<double>> all = parameters(*this);

    explicit one_layer(double slope) {
        fill(layer.weight.value, 1);
        fill(layer.bias.value, 1);
        fill(layer.weight.grad, slope);
        fill(layer.bias.grad, slope);
    }
    one_layer(const one_layer&) = delete;   // `all` points into it
    double weight() const { return layer.weight.value(0, 0); }
    double bias() const { return layer.bias.value(0); }

    template <class Visit>
    void each_parameter(Visit&& visit) {
        layer.each_parameter(visit);
    }
};

}  // namespace

TEST_CASE_TEMPLATE("sgd: momentum by hand", Device, cpu, simd) {
    one_layer model(2);
    sgd<double, Device> rule({.momentum = 0.5}, model.all);
    rule.step(model.all, 0.125, 1);                       // m = 2
    CHECK(model.weight() == 1 - 0.125 * 2);
    rule.step(model.all, 0.125, 1);                       // m = 0.5 * 2 + 2 = 3
    CHECK(model.weight() == 0.75 - 0.125 * 3);
    rule.step(model.all, 0.125, 0.5);                     // m = 0.5 * 3 + 0.5 * 2 = 2.5: clipped to half
    CHECK(model.weight() == 0.375 - 0.125 * 2.5);
    CHECK(rule.t() == 3);
}

TEST_CASE("sgd: decay is part of the gradient, and for matrices only") {
    one_layer model(0);
    sgd<double, cpu> rule({.momentum = 0, .weight_decay = 0.5}, model.all);
    rule.step(model.all, 0.25, 1);
    CHECK(model.weight() == 1 - 0.25 * 0.5);
    CHECK(model.bias() == 1);
}

TEST_CASE("sgd: a frozen parameter keeps its bits") {
    one_layer model(2);
    model.layer.bias.trainable = false;
    sgd<double, cpu> rule({.weight_decay = 0.5}, model.all);
    rule.step(model.all, 0.25, 1);
    CHECK(model.weight() != 1);
    CHECK(model.bias() == 1);
}

TEST_CASE("optimizer: the rule chosen at run time is the rule itself") {
    one_layer chosen(2), plain(2);
    optimizer<double, cpu> rule(sgd<double, cpu>({.momentum = 0.5}, chosen.all));
    sgd<double, cpu> same({.momentum = 0.5}, plain.all);
    for (int i = 0; i < 3; ++i) {
        rule.step(chosen.all, 0.1, 1);
        same.step(plain.all, 0.1, 1);
    }
    CHECK(chosen.weight() == plain.weight());
    CHECK(rule.t() == 3);
    rule.set_t(7);
    CHECK(rule.t() == 7);
    CHECK(rule.state(chosen.all).at(0).name == "c_fc.weight.m");
    CHECK(optimizer<double, cpu>(adamw<double, cpu>({}, chosen.all)).state(chosen.all).size() == 4);
}
