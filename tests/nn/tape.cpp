// The second witness: the scalar tape of examples/steps/06_gradient against the layers' own gradients.
#include <gradient_check.hpp>

#include <stepgpt/nn/attention.hpp>
#include <stepgpt/nn/gelu.hpp>
#include <stepgpt/nn/layer_norm.hpp>

#include "../../examples/steps/06_gradient/tape.hpp"

namespace {

std::vector<number> variables(tape& t, const double* x, std::size_t n) {
    std::vector<number> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(t.variable(x[i]));
    return all;
}

std::vector<double> gradients_of(const std::vector<number>& all) {
    std::vector<double> slopes;
    for (const number& x : all) slopes.push_back(x.gradient());
    return slopes;
}

template <class Tensor>
std::vector<double> list(const Tensor& x) {
    return {x.begin(), x.end()};
}

}  // namespace

TEST_CASE("tape: micrograd's example, to the digits its README prints") {
    tape t;
    number a = t.variable(-4), b = t.variable(2);
    const auto relu = [](const number& x) { return x.value() > 0 ? x : 0 * x; };
    number c = a + b, d = a * b + b * b * b;
    c += c + 1;
    c += 1 + c + (-a);
    d += d * 2 + relu(b + a);
    d += 3 * d + relu(b - a);
    const number e = c - d, f = e * e, g = f / 2 + 10 / f;
    t.backward(g);
    CHECK(g.value() == doctest::Approx(24.7041).epsilon(1e-6));
    CHECK(a.gradient() == doctest::Approx(138.8338).epsilon(1e-6));
    CHECK(b.gradient() == doctest::Approx(645.5773).epsilon(1e-6));
}

TEST_CASE("tape: every operation it knows, and constants that stay off it") {
    tape t;
    const number x = t.variable(0.7);
    const number y = exp(x) / sqrt(x) - log(x) * tanh(x);
    t.backward(y);
    const double v = 0.7, h = std::tanh(v);
    CHECK(x.gradient() ==
          doctest::Approx(std::exp(v) * (1 - 0.5 / v) / std::sqrt(v) - h / v - std::log(v) * (1 - h * h)));
    const std::size_t before = t.size();
    CHECK((number(2) * 3 + 1).value() == 7);
    CHECK(t.size() == before);
}

TEST_CASE("tape: layer_norm agrees with it") {
    stepgpt::layer_norm<double> layer("ln", 5);
    test::randomise(layer);
    const auto x = test::normals<3>({1, 1, 5}), dy = test::normals<3>({1, 1, 5}, 2);
    stepgpt::layer_norm<double>::cache c;
    stepgpt::layer_norm<double>::gradients g;
    const auto claims = test::claims(layer, [&] { layer.forward(x, c), layer.backward(dy, x, c, g); });

    tape t;
    const auto input = variables(t, x.data(), 5), gain = variables(t, layer.weight.value.data(), 5),
               offset = variables(t, layer.bias.value.data(), 5);
    number mean = 0, variance = 0, loss = 0;
    for (const number& value : input) mean += value / 5;
    for (const number& value : input) variance += (value - mean) * (value - mean) / 5;
    for (std::size_t i = 0; i < 5; ++i)
        loss += dy.data()[i] * ((input[i] - mean) / sqrt(variance + stepgpt::layer_norm_epsilon) * gain[i] + offset[i]);
    t.backward(loss);
    CHECK(test::relative_error(list(g.dx), gradients_of(input)) < 1e-13);
    CHECK(test::relative_error(claims[0].gradient, gradients_of(gain)) < 1e-13);
    CHECK(test::relative_error(claims[1].gradient, gradients_of(offset)) < 1e-13);
}

TEST_CASE("tape: gelu agrees with it") {
    const stepgpt::gelu<double> layer;
    const auto x = test::normals<3>({1, 1, 9}, 1, 2), dy = test::normals<3>({1, 1, 9}, 2);
    stepgpt::gelu<double>::gradients g;
    layer.backward(dy, x, g);

    tape t;
    const auto input = variables(t, x.data(), 9);
    number loss = 0;
    for (std::size_t i = 0; i < 9; ++i) {
        const number& v = input[i];
        loss += dy.data()[i] * (v / 2 * (1 + tanh(stepgpt::gelu_scale * (v + stepgpt::gelu_cubic * v * v * v))));
    }
    t.backward(loss);
    CHECK(test::relative_error(list(g.dx), gradients_of(input)) < 1e-13);
}

TEST_CASE_TEMPLATE("tape: causal attention agrees with it", Device, stepgpt::cpu, stepgpt::simd) {
    constexpr std::size_t T = 4, C = 6, H = 2, D = 3;
    const auto qkv = test::normals<3>({1, T, 3 * C}), dz = test::normals<3>({1, T, C}, 2);
    const stepgpt::dropout_mask none;
    std::vector<double> z(T * C), dqkv(T * 3 * C), att(H * T * stepgpt::attention_memory(Device{}, T));
    attention_forward(Device{}, qkv.data(), z.data(), att.data(), none, 1, T, C, H);
    attention_backward(Device{}, dz.data(), qkv.data(), z.data(), att.data(), dqkv.data(), none, 1, T, C, H);

    tape t;
    const auto input = variables(t, qkv.data(), qkv.size());
    const auto at = [&](std::size_t part, std::size_t position, std::size_t head, std::size_t d) {
        return input[position * 3 * C + part * C + head * D + d];
    };
    number loss = 0;
    for (std::size_t head = 0; head < H; ++head)
        for (std::size_t now = 0; now < T; ++now) {
            std::vector<number> share;
            number sum = 0;
            for (std::size_t s = 0; s <= now; ++s) {
                number dot = 0;
                for (std::size_t d = 0; d < D; ++d) dot += at(0, now, head, d) * at(1, s, head, d);
                share.push_back(exp(dot / std::sqrt(double(D))));
                sum += share.back();
            }
            for (std::size_t s = 0; s <= now; ++s)
                for (std::size_t d = 0; d < D; ++d)
                    loss += dz(0, now, head * D + d) * (share[s] / sum) * at(2, s, head, d);
        }
    t.backward(loss);
    CHECK(test::relative_error(dqkv, gradients_of(input)) < 1e-13);
}
