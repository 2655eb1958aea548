// The linear layer: by hand, and by differences.
#include <gradient_check.hpp>

#include <stepgpt/nn/linear.hpp>

using stepgpt::linear, stepgpt::tensor;

TEST_CASE_TEMPLATE("linear: two inputs, three outputs, by hand", Device, stepgpt::cpu, stepgpt::simd) {
    linear<double, Device> layer("c_fc", 2, 3);
    layer.weight.value = {{1, 2, 3}, {4, 5, 6}};   // [in, out]
    layer.bias.value = {10, 20, 30};
    stepgpt::fill(layer.weight.grad, 0);
    stepgpt::fill(layer.bias.grad, 0);
    const tensor<double, 3> x{{{1, 2}}};
    typename linear<double, Device>::cache c;
    typename linear<double, Device>::gradients g;

    CHECK(layer.forward(x, c) == tensor<double, 3>{{{1 + 8 + 10, 2 + 10 + 20, 3 + 12 + 30}}});

    const tensor<double, 3> dy{{{1, 0, -1}}};
    CHECK(layer.backward(dy, x, c, g) == tensor<double, 3>{{{1 - 3, 4 - 6}}});               // dy W^T
    CHECK(layer.weight.grad == tensor<double, 2>{{1, 0, -1}, {2, 0, -2}});                // x^T dy
    CHECK(layer.bias.grad == tensor<double, 1>{1, 0, -1});

    layer.backward(dy, x, c, g);   // adds to the weights' gradients,
    CHECK(layer.weight.grad == tensor<double, 2>{{2, 0, -2}, {4, 0, -4}});
    CHECK(g.dx == tensor<double, 3>{{{-2, -2}}});                                         // but not to dx
}

TEST_CASE("linear: a wrong shape is named with the right one") {
    linear<float> layer("c_fc", 4, 8);
    linear<float>::cache c;
    linear<float>::gradients g;
    tensor<float, 3> x;
    stepgpt::resize(x, {1, 2, 8});
    CHECK_THROWS_WITH_AS(layer.forward(x, c),
                         doctest::Contains("linear input x (B,T,in)': found shape (1, 2, 8), wanted shape (1, 2, 4)"),
                         stepgpt::error);
    tensor<float, 3> dy;
    stepgpt::resize(dy, {1, 2, 4});
    CHECK_THROWS_WITH_AS(layer.backward(dy, x, c, g), doctest::Contains("wanted shape (1, 2, 8)"), stepgpt::error);
}

TEST_CASE_TEMPLATE("linear: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    linear<double, Device> layer("c_fc", 13, 37);   // no multiple of any tile
    test::randomise(layer);
    auto x = test::normals<3>({3, 5, 13});
    typename linear<double, Device>::cache c;
    typename linear<double, Device>::gradients g;
    test::check_gradients(test::on<Device>("linear"), layer, x, [&]() -> auto& { return layer.forward(x, c); },
                          [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
}
