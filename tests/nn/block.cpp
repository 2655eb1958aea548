// A block reads the residual stream and adds to it.
#include <gradient_check.hpp>

#include <stepgpt/nn/block.hpp>

using stepgpt::block, stepgpt::tensor;

TEST_CASE("block: parts that write nothing leave the stream as it is, and its gradient too") {
    block<double> layer("h.0", 8, 2, 0, 1);
    test::randomise(layer);
    for (auto* silent : {&layer.attn.c_proj, &layer.mlp.c_proj}) {
        stepgpt::fill(silent->weight.value, 0);
        stepgpt::fill(silent->bias.value, 0);
    }
    const auto x = test::normals<3>({1, 3, 8}), dy = test::normals<3>({1, 3, 8}, 2);
    block<double>::cache c;
    block<double>::gradients g;
    CHECK(layer.forward(x, c, {}) == x);
    CHECK(layer.backward(dy, x, c, g) == dy);
}

TEST_CASE("block: all blocks of a model may share one `gradients`: dy may be its dx") {
    block<double> layer("h.0", 8, 2, 0, 1);
    test::randomise(layer);
    const auto x = test::normals<3>({2, 3, 8}), dy = test::normals<3>({2, 3, 8}, 2);
    block<double>::cache c;
    block<double>::gradients own, shared;
    layer.forward(x, c, {});
    const auto dx = layer.backward(dy, x, c, own);
    shared.dx = dy;
    CHECK(layer.backward(shared.dx, x, c, shared) == dx);
}

TEST_CASE_TEMPLATE("block: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    block<double, Device> layer("h.0", 10, 2, 0.2, 1);
    test::randomise(layer);
    auto x = test::normals<3>({2, 5, 10});
    typename block<double, Device>::cache c;
    typename block<double, Device>::gradients g;
    const stepgpt::pass run{.training = true};
    test::check_gradients(
        test::on<Device>("block, dropout 0.2"), layer, x, [&]() -> auto& { return layer.forward(x, c, run); },
        [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
}
