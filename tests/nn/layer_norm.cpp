// Layer normalisation: by hand, by what must not matter to it, and by differences.
#include <gradient_check.hpp>

#include <stepgpt/nn/layer_norm.hpp>

using stepgpt::layer_norm, stepgpt::tensor;

TEST_CASE_TEMPLATE("layer_norm: four channels by hand", Device, stepgpt::cpu, stepgpt::simd) {
    layer_norm<double, Device> layer("ln", 4);
    layer.weight.value = {1, 1, 1, 2};
    layer.bias.value = {0, 0, 0, 10};
    stepgpt::fill(layer.weight.grad, 0);
    stepgpt::fill(layer.bias.grad, 0);
    const tensor<double, 3> x{{{1, 1, 3, 3}}};   // mean 2, variance 1
    const double rstd = 1 / std::sqrt(1 + 1e-5);

    typename layer_norm<double, Device>::cache c;
    const auto& y = layer.forward(x, c);
    CHECK(c.mean(0, 0) == 2);
    CHECK(c.rstd(0, 0) == doctest::Approx(rstd).epsilon(1e-14));
    CHECK(y(0, 0, 0) == doctest::Approx(-rstd).epsilon(1e-14));
    CHECK(y(0, 0, 2) == doctest::Approx(rstd).epsilon(1e-14));
    CHECK(y(0, 0, 3) == doctest::Approx(10 + 2 * rstd).epsilon(1e-14));

    // Raise y[0]: g = (1,0,0,0), mean(g) = 1/4, n = (-1,-1,1,1), mean(g n) = -1/4, so dx = g - 1/4 + n/4.
    typename layer_norm<double, Device>::gradients g;
    const auto& dx = layer.backward(tensor<double, 3>{{{1, 0, 0, 0}}}, x, c, g);
    CHECK(dx(0, 0, 0) == doctest::Approx(0.5).epsilon(1e-4));
    CHECK(dx(0, 0, 1) == doctest::Approx(-0.5).epsilon(1e-4));
    CHECK(dx(0, 0, 2) == doctest::Approx(0).epsilon(1e-4));
    CHECK(layer.weight.grad(0) == doctest::Approx(-rstd));
    CHECK(layer.bias.grad(0) == 1);
    CHECK(layer.bias.grad(1) == 0);
}

TEST_CASE("layer_norm: every row gets mean 0 and variance 1, whatever its level and scale") {
    layer_norm<double> layer("ln", 64);
    stepgpt::fill(layer.weight.value, 1);
    stepgpt::fill(layer.bias.value, 0);
    auto x = test::normals<3>({2, 3, 64});
    layer_norm<double>::cache c, moved;
    const auto y = layer.forward(x, c);
    for (std::size_t row = 0; row < 6; ++row) {
        const auto s = stepgpt::statistics_of(y.data() + row * 64, 64);
        CHECK(s.mean == doctest::Approx(0).epsilon(1e-12));
        CHECK(s.std == doctest::Approx(1).epsilon(1e-4));   // epsilon under the root takes a little
    }
    for (double& v : x) v = 100 + 5 * v;
    const auto& z = layer.forward(x, moved);
    for (std::size_t i = 0; i < z.size(); ++i) CHECK(z.data()[i] == doctest::Approx(y.data()[i]).epsilon(1e-4));
}

TEST_CASE("layer_norm: a row without variance does not divide by zero") {
    layer_norm<float> layer("ln", 3);
    stepgpt::fill(layer.weight.value, 1);
    stepgpt::fill(layer.bias.value, 5);
    layer_norm<float>::cache c;
    const auto& y = layer.forward(tensor<float, 3>{{{7, 7, 7}}}, c);
    for (const float v : y) CHECK(v == 5);
}

TEST_CASE("layer_norm: a wrong shape is named with the right one") {
    layer_norm<float> layer("ln", 8);
    layer_norm<float>::cache c;
    tensor<float, 3> x;
    stepgpt::resize(x, {2, 3, 7});
    CHECK_THROWS_WITH_AS(layer.forward(x, c), doctest::Contains("found shape (2, 3, 7), wanted shape (2, 3, 8)"),
                         stepgpt::error);
}

TEST_CASE_TEMPLATE("layer_norm: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    layer_norm<double, Device> layer("ln", 21);   // two registers of 8 and a rest
    test::randomise(layer);
    auto x = test::normals<3>({2, 5, 21});
    typename layer_norm<double, Device>::cache c;
    typename layer_norm<double, Device>::gradients g;
    test::check_gradients(test::on<Device>("layer_norm"), layer, x, [&]() -> auto& { return layer.forward(x, c); },
                          [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
}
