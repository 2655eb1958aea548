// Dropout: what it drops, that it can be repeated, and that reading a model leaves it alone.
#include <gradient_check.hpp>

#include <stepgpt/nn/dropout.hpp>

using stepgpt::dropout, stepgpt::pass, stepgpt::tensor;

namespace {
const pass training{.training = true, .seed = 1, .step = 5};

tensor<float, 3> ones() {
    tensor<float, 3> x;
    stepgpt::resize(x, {4, 50, 100});
    stepgpt::fill(x, 1);
    return x;
}
}  // namespace

TEST_CASE_TEMPLATE("dropout: zeroes the asked share and scales the rest, so that the mean stays", Device, stepgpt::cpu,
                   stepgpt::simd) {
    const dropout<float, Device> layer{.p = 0.2};
    typename dropout<float, Device>::cache c;
    const auto x = ones();
    const auto& y = layer.forward(x, c, training);
    std::size_t dropped = 0;
    for (const float v : y) {
        if (v != 0) CHECK(v == 1.25f);
        dropped += v == 0;
    }
    const double n = static_cast<double>(x.size()), share = static_cast<double>(dropped) / n;
    CHECK(std::abs(share - 0.2) < 4 * std::sqrt(0.2 * 0.8 / n));
}

TEST_CASE("dropout: the mask is a function of seed, step and place in the model; nothing is stored") {
    const auto x = ones();
    const auto dropped = [&](const dropout<float>& layer, pass run) {
        dropout<float>::cache c;
        return layer.forward(x, c, run);
    };
    const dropout<float> layer{.p = 0.5, .place = 3}, elsewhere{.p = 0.5, .place = 4};
    const auto y = dropped(layer, training);
    CHECK(dropped(layer, training) == y);
    CHECK(dropped(layer, {.training = true, .seed = 1, .step = 6}) != y);
    CHECK(dropped(layer, {.training = true, .seed = 2, .step = 5}) != y);
    CHECK(dropped(elsewhere, training) != y);
    CHECK(dropout<float, stepgpt::cpu>{.p = 0.5, .place = 3}.mask(training).drops(7) == layer.mask(training).drops(7));
}

TEST_CASE_TEMPLATE("dropout: backward drops what forward dropped", Device, stepgpt::cpu, stepgpt::simd) {
    const dropout<float, Device> layer{.p = 0.3};
    typename dropout<float, Device>::cache c;
    typename dropout<float, Device>::gradients g;
    const auto x = ones();
    const auto& y = layer.forward(x, c, training);
    const auto& dx = layer.backward(x, c, g);   // dy of ones, as x: both are the mask
    CHECK(dx == y);
}

TEST_CASE("dropout: evaluation hands on the very tensor it was given") {
    const dropout<float> layer{.p = 0.9}, none{.p = 0};
    dropout<float>::cache c;
    dropout<float>::gradients g;
    const auto x = ones();
    CHECK(&layer.forward(x, c, {}) == &x);
    CHECK(&layer.backward(x, c, g) == &x);
    CHECK(&none.forward(x, c, training) == &x);
    CHECK(c.y.size() == 0);
}

TEST_CASE_TEMPLATE("dropout: gradient check", Device, stepgpt::cpu, stepgpt::simd) {
    dropout<double, Device> layer{.p = 0.4};
    auto x = test::normals<3>({2, 5, 21});
    typename dropout<double, Device>::cache c;
    typename dropout<double, Device>::gradients g;
    test::check_gradients(
        test::on<Device>("dropout"), layer, x, [&]() -> auto& { return layer.forward(x, c, training); },
        [&](const auto& dy) -> auto& { return layer.backward(dy, c, g); });
}
