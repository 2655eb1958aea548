// GELU: known values, its symmetry, its exact form, and differences.
#include <gradient_check.hpp>

#include <stepgpt/nn/gelu.hpp>

using stepgpt::gelu, stepgpt::tensor;

TEST_CASE_TEMPLATE("gelu: known values", Device, stepgpt::cpu, stepgpt::simd) {
    gelu<double, Device> layer;
    typename gelu<double, Device>::cache c;
    const auto& y = layer.forward(tensor<double, 3>{{{-100, -1, 0, 1, 3, 100}}}, c);
    CHECK(y(0, 0, 0) == 0);
    CHECK(y(0, 0, 1) == doctest::Approx(-0.15880801).epsilon(1e-7));   // x/2 (1 + tanh(0.7978846 (x + 0.044715 x^3)))
    CHECK(y(0, 0, 2) == 0);
    CHECK(y(0, 0, 3) == doctest::Approx(0.84119199).epsilon(1e-7));
    CHECK(y(0, 0, 4) == doctest::Approx(2.99636261).epsilon(1e-7));
    CHECK(y(0, 0, 5) == 100);
}

TEST_CASE("gelu: gelu(x) - gelu(-x) = x, and the tanh form is within 0.0005 of x Phi(x)") {
    gelu<double> layer;
    gelu<double>::cache here, there;
    auto x = test::normals<3>({1, 1, 1000}, 3, 2);
    auto minus_x = x;
    for (double& v : minus_x) v = -v;
    const auto &y = layer.forward(x, here), &z = layer.forward(minus_x, there);
    double furthest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double value = x.data()[i];
        CHECK(y.data()[i] - z.data()[i] == doctest::Approx(value));
        furthest = std::max(furthest, std::abs(y.data()[i] - value * 0.5 * std::erfc(-value / std::sqrt(2.0))));
    }
    CHECK(furthest < 5e-4);
    CHECK(furthest > 1e-4);   // they are not the same: GPT-2's weights were trained with the tanh form
}

TEST_CASE_TEMPLATE("gelu: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    gelu<double, Device> layer;
    auto x = test::normals<3>({2, 5, 21}, 1, 2);
    typename gelu<double, Device>::cache c;
    typename gelu<double, Device>::gradients g;
    test::check_gradients(test::on<Device>("gelu"), layer, x, [&]() -> auto& { return layer.forward(x, c); },
                          [&](const auto& dy) -> auto& { return layer.backward(dy, x, g); });
}
