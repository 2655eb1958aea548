// The low-rank addition: by hand, by differences, and that it adds nothing as long as B is zero.
#include <gradient_check.hpp>

#include <stepgpt/nn/linear.hpp>

using stepgpt::linear, stepgpt::pass, stepgpt::tensor;

namespace {

template <class Real, class Device>
linear<Real, Device> layer_with_addition(std::size_t in, std::size_t out, std::size_t rank, double scale) {
    linear<Real, Device> layer("c_attn", in, out);
    layer.lora.A.resize({rank, in});
    layer.lora.B.resize({out, rank});
    layer.lora.scale = scale;
    return layer;
}

}  // namespace

TEST_CASE_TEMPLATE("low_rank: two inputs, two outputs, rank one, by hand", Device, stepgpt::cpu, stepgpt::simd) {
    auto layer = layer_with_addition<double, Device>(2, 2, 1, 0.5);
    layer.weight.value = {{1, 0}, {0, 1}};
    layer.bias.value = {0, 0};
    layer.lora.A.value = {{1, 2}};               // (rank,in)
    layer.lora.B.value = {{10}, {100}};          // (out,rank)
    for (auto* p : {&layer.weight, &layer.lora.A, &layer.lora.B}) stepgpt::fill(p->grad, 0);
    stepgpt::fill(layer.bias.grad, 0);
    const tensor<double, 3> x{{{3, 4}}};
    typename linear<double, Device>::cache c;
    typename linear<double, Device>::gradients g;

    CHECK(layer.forward(x, c) == tensor<double, 3>{{{3 + 55, 4 + 550}}});    // h = 0.5 (3 + 8) = 5.5
    CHECK(c.lora.h == tensor<double, 3>{{{5.5}}});

    const tensor<double, 3> dy{{{1, 1}}};
    CHECK(layer.backward(dy, x, c, g) == tensor<double, 3>{{{1 + 55, 1 + 110}}});   // dh = 0.5 (10 + 100) = 55
    CHECK(layer.lora.B.grad == tensor<double, 2>{{5.5}, {5.5}});
    CHECK(layer.lora.A.grad == tensor<double, 2>{{55 * 3, 55 * 4}});
}

TEST_CASE_TEMPLATE("low_rank: gradient check, with dropout", Device, stepgpt::cpu, stepgpt::simd) {
    auto layer = layer_with_addition<double, Device>(13, 21, 3, 2);
    test::randomise(layer);
    layer.lora.drop = {0.3, 77};
    auto x = test::normals<3>({2, 5, 13});
    const pass run{.training = true, .seed = 5, .step = 2};
    typename linear<double, Device>::cache c;
    typename linear<double, Device>::gradients g;
    test::check_gradients(test::on<Device>("linear with lora"), layer, x, [&]() -> auto& { return layer.forward(x, c, run); },
                          [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
}

TEST_CASE_TEMPLATE("low_rank: with B zero the layer is what it was, bit by bit", Device, stepgpt::cpu, stepgpt::simd) {
    auto layer = layer_with_addition<float, Device>(13, 21, 3, 2);
    test::randomise(layer);
    stepgpt::fill(layer.lora.B.value, 0);
    tensor<float, 3> x;
    stepgpt::resize(x, {2, 5, 13});
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 7) - 3;
    typename linear<float, Device>::cache with, without;
    const auto y = layer.forward(x, with);
    layer.lora = {};
    CHECK(layer.lora.rank() == 0);
    CHECK(layer.forward(x, without) == y);
}

TEST_CASE("low_rank: its matrices are parameters, behind the layer's own; frozen weights get no gradient") {
    auto layer = layer_with_addition<double, stepgpt::simd>(4, 6, 2, 1);
    std::string names;
    layer.each_parameter([&](const std::string& name, auto&) { names += name + " "; });
    CHECK(names == "c_attn.weight c_attn.bias c_attn.lora_A.weight c_attn.lora_B.weight ");

    test::randomise(layer);
    layer.weight.trainable = layer.bias.trainable = false;
    stepgpt::fill(layer.weight.grad, 7);
    stepgpt::fill(layer.lora.B.grad, 0);
    const auto x = test::normals<3>({1, 3, 4}), dy = test::normals<3>({1, 3, 6});
    linear<double>::cache c;
    linear<double>::gradients g;
    layer.forward(x, c);
    layer.backward(dy, x, c, g);
    for (std::size_t i = 0; i < 24; ++i) CHECK(layer.weight.grad.data()[i] == 7);
    CHECK(layer.lora.B.grad.data()[0] != 0);
}
