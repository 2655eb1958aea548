// The network of a block that treats each position alone.
#include <gradient_check.hpp>

#include <stepgpt/nn/mlp.hpp>

using stepgpt::mlp, stepgpt::tensor;

TEST_CASE("mlp: y = gelu(x W_fc + b_fc) W_proj + b_proj by hand") {
    mlp<double> layer("mlp", 1, 0, 0);
    layer.c_fc.weight.value = {{1, -1, 0, 0}};
    layer.c_fc.bias.value = {0, 0, 3, 0};
    layer.c_proj.weight.value = {{1}, {10}, {100}, {1000}};
    layer.c_proj.bias.value = {0.5};
    mlp<double>::cache c;
    // gelu(1) = 0.84119199, gelu(-1) = -0.15880801, gelu(3) = 2.99636261, gelu(0) = 0
    CHECK(layer.forward(tensor<double, 3>{{{1}}}, c, {})(0, 0, 0) ==
          doctest::Approx(0.84119199 - 1.5880801 + 299.636261 + 0.5).epsilon(1e-8));
}

TEST_CASE("mlp: every position is treated alone") {
    mlp<double> layer("mlp", 6, 0, 0);
    test::randomise(layer);
    auto x = test::normals<3>({1, 4, 6});
    mlp<double>::cache c;
    const auto before = layer.forward(x, c, {});
    for (std::size_t i = 0; i < 6; ++i) std::swap(x(0, 0, i), x(0, 3, i));
    const auto& after = layer.forward(x, c, {});
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(after(0, 0, i) == before(0, 3, i));
        CHECK(after(0, 3, i) == before(0, 0, i));
        CHECK(after(0, 1, i) == before(0, 1, i));
    }
}

TEST_CASE_TEMPLATE("mlp: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    mlp<double, Device> layer("mlp", 10, 0.2, 4);
    test::randomise(layer);
    auto x = test::normals<3>({2, 5, 10});
    typename mlp<double, Device>::cache c;
    typename mlp<double, Device>::gradients g;
    const stepgpt::pass run{.training = true};
    test::check_gradients(
        test::on<Device>("mlp, dropout 0.2"), layer, x, [&]() -> auto& { return layer.forward(x, c, run); },
        [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
}
