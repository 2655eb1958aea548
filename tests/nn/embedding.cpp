// The embedding: rows are looked up and added; gradients of a token that occurs twice add up.
#include <gradient_check.hpp>

#include <stepgpt/nn/embedding.hpp>

using stepgpt::embedding, stepgpt::tensor, stepgpt::token_ids;

TEST_CASE_TEMPLATE("embedding: token row plus position row", Device, stepgpt::cpu, stepgpt::simd) {
    embedding<double, Device> layer(3, 4, 2);
    layer.wte.value = {{1, 2}, {3, 4}, {5, 6}};
    layer.wpe.value = {{10, 20}, {30, 40}, {50, 60}, {70, 80}};
    typename embedding<double, Device>::cache c;
    CHECK(layer.forward(token_ids<>{{2, 0}, {1, 1}}, c) ==
          tensor<double, 3>{{{15, 26}, {31, 42}}, {{13, 24}, {33, 44}}});
}

TEST_CASE_TEMPLATE("embedding: a token that occurs three times receives three gradients", Device, stepgpt::cpu,
                   stepgpt::simd) {
    embedding<double, Device> layer(3, 4, 2);
    stepgpt::fill(layer.wte.grad, 0);
    stepgpt::fill(layer.wpe.grad, 0);
    const token_ids<> ids{{1, 1}, {0, 1}};
    typename embedding<double, Device>::cache c;
    layer.forward(ids, c);
    layer.backward(tensor<double, 3>{{{1, 10}, {2, 20}}, {{4, 40}, {8, 80}}}, c);
    CHECK(layer.wte.grad == tensor<double, 2>{{4, 40}, {1 + 2 + 8, 10 + 20 + 80}, {0, 0}});
    CHECK(layer.wpe.grad == tensor<double, 2>{{1 + 4, 10 + 40}, {2 + 8, 20 + 80}, {0, 0}, {0, 0}});
}

TEST_CASE("embedding: ids outside the vocabulary and windows that are too long are refused, with their place") {
    embedding<float> layer(3, 2, 4);
    embedding<float>::cache c;
    CHECK_THROWS_WITH_AS(layer.forward(token_ids<>{{0, 1}, {2, 3}}, c),
                         doctest::Contains("'ids[1,1]': found token id 3, wanted 0 to 2"), stepgpt::error);
    CHECK_THROWS_WITH_AS(layer.forward(token_ids<>{{0, -1}}, c), doctest::Contains("found token id -1"),
                         stepgpt::error);
    CHECK_THROWS_WITH_AS(layer.forward(token_ids<>{{0, 1, 2}}, c),
                         doctest::Contains("found 3 tokens in a row, wanted at most block_size = 2"), stepgpt::error);
}

TEST_CASE_TEMPLATE("embedding: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    embedding<double, Device> layer(6, 5, 21);
    test::randomise(layer);
    const token_ids<> ids{{2, 0, 2, 5}, {2, 1, 5, 5}};
    typename embedding<double, Device>::cache c;
    const auto r = test::normals<3>({2, 4, 21}, 99);
    const auto loss = [&] {
        const auto& y = layer.forward(ids, c);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += r.data()[i] * y.data()[i];
        return sum;
    };
    loss();                                           // backward asks for the ids of a forward pass
    test::check_claims(test::on<Device>("embedding"), test::claims(layer, [&] { layer.backward(r, c); }), loss);
}
