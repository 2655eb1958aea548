// Attention: small cases by hand, what must not reach whom, what a trace shows, and differences.
#include <gradient_check.hpp>

#include <map>

#include <stepgpt/nn/attention.hpp>

using stepgpt::attention, stepgpt::tensor, stepgpt::traced;

namespace {

// C = 1: q = wq x + bq and so on, and the projection hands z on.
template <class Device>
attention<double, Device> one_channel(double wq, double bq, double wk, double wv) {
    attention<double, Device> layer("attn", 1, 1, 0, 1);
    layer.c_attn.weight.value = {{wq, wk, wv}};
    layer.c_attn.bias.value = {bq, 0, 0};
    layer.c_proj.weight.value = {{1}};
    layer.c_proj.bias.value = {0};
    return layer;
}

}  // namespace

TEST_CASE_TEMPLATE("attention: with equal scores, each position receives the mean of those before it", Device,
                   stepgpt::cpu, stepgpt::simd) {
    const auto layer = one_channel<Device>(0, 0, 0, 1);
    typename attention<double, Device>::cache c;
    const auto& y = layer.forward(tensor<double, 3>{{{2}, {4}, {9}}}, c, {});
    CHECK(y(0, 0, 0) == doctest::Approx(2));
    CHECK(y(0, 1, 0) == doctest::Approx(3));
    CHECK(y(0, 2, 0) == doctest::Approx(5));
}

TEST_CASE_TEMPLATE("attention: softmax(q k) v by hand", Device, stepgpt::cpu, stepgpt::simd) {
    const auto layer = one_channel<Device>(0, 1, 1, 1);   // q = 1, k = v = x: the scores of row 1 are (0, ln 3)
    typename attention<double, Device>::cache c;
    const auto& y = layer.forward(tensor<double, 3>{{{0}, {std::log(3)}}}, c, {});
    CHECK(y(0, 0, 0) == doctest::Approx(0));
    CHECK(y(0, 1, 0) == doctest::Approx(0.75 * std::log(3)));
}

TEST_CASE_TEMPLATE("attention: the past does not feel the future, to the last bit", Device, stepgpt::cpu,
                   stepgpt::simd) {
    attention<float, Device> layer("attn", 24, 3, 0, 1);
    test::randomise(layer);
    tensor<float, 3> x = test::normals<3>({2, 9, 24});
    typename attention<float, Device>::cache c;
    const tensor<float, 3> before = layer.forward(x, c, {});
    for (std::size_t t = 5; t < 9; ++t)
        for (std::size_t i = 0; i < 24; ++i) x(1, t, i) += 1000;
    const auto& after = layer.forward(x, c, {});
    for (std::size_t t = 0; t < 9; ++t)
        for (std::size_t i = 0; i < 24; ++i) {
            CHECK(after(0, t, i) == before(0, t, i));   // another sequence
            CHECK((after(1, t, i) == before(1, t, i)) == (t < 5));
        }
}

TEST_CASE("attention: heads do not mix before the projection") {
    attention<double> layer("attn", 4, 2, 0, 1);   // D = 2
    test::randomise(layer);
    layer.c_proj.weight.value = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    const auto x = test::normals<3>({1, 6, 4});
    attention<double>::cache c;
    const auto before = layer.forward(x, c, {});
    for (const std::size_t part : {0u, 1u, 2u})   // q, k and v of head 1: columns 2 and 3 of each part
        for (std::size_t i = 0; i < 4; ++i) layer.c_attn.weight.value(i, part * 4 + 2) += 1;
    const auto& after = layer.forward(x, c, {});
    for (std::size_t t = 0; t < 6; ++t) {
        CHECK(after(0, t, 0) == before(0, t, 0));
        CHECK(after(0, t, 1) == before(0, t, 1));
        CHECK(after(0, t, 2) != before(0, t, 2));
    }
}

TEST_CASE_TEMPLATE("attention: a trace shows q, k, v, scores and att; rows of att sum to 1", Device, stepgpt::cpu,
                   stepgpt::simd) {
    attention<float, Device> layer("h.0.attn", 12, 3, 0, 1);
    test::randomise(layer);
    const tensor<float, 3> x = test::normals<3>({2, 5, 12});
    typename attention<float, Device>::cache c;
    std::map<std::string, traced> seen;
    {
        const stepgpt::trace_to keep(stepgpt::store_trace(seen));
        layer.forward(x, c, {});
    }
    for (const auto* part : {"q", "k", "v"})
        CHECK(seen.at(std::string("h.0.attn.") + part).shape == std::vector<std::size_t>{2, 5, 3, 4});   // (B,T,H,D)
    const traced &att = seen.at("h.0.attn.att"), &scores = seen.at("h.0.attn.scores");
    CHECK(att.shape == std::vector<std::size_t>{2, 3, 5, 5});   // (B,H,T,T)
    for (std::size_t row = 0; row < 2 * 3 * 5; ++row) {
        const std::size_t t = row % 5;
        double sum = 0;
        for (std::size_t s = 0; s < 5; ++s) {
            const double share = att.values[row * 5 + s];
            sum += share;
            if (s > t) CHECK(share == 0);
            if (s > t) CHECK(scores.values[row * 5 + s] == -INFINITY);
        }
        CHECK(sum == doctest::Approx(1).epsilon(1e-6));
    }
    const std::size_t head = 2, D = 4;   // what is shown is what was used: z = att v
    double z = 0;
    for (std::size_t s = 0; s < 5; ++s)
        z += att.values[(head * 5 + 4) * 5 + s] * seen.at("h.0.attn.v").values[(s * 3 + head) * D + 1];
    CHECK(seen.at("h.0.attn.z").values[4 * 12 + head * D + 1] == doctest::Approx(z).epsilon(1e-5));
}

TEST_CASE_TEMPLATE("attention: gradient check, with and without dropout", Device, stepgpt::cpu, stepgpt::simd) {
    for (const double share : {0.0, 0.3}) {
        attention<double, Device> layer("attn", 18, 2, share, 1);   // D = 9: a register of 8 and a rest
        test::randomise(layer);
        auto x = test::normals<3>({2, 7, 18});
        typename attention<double, Device>::cache c;
        typename attention<double, Device>::gradients g;
        const stepgpt::pass run{.training = true, .seed = 3, .step = 1};
        test::check_gradients(test::on<Device>(share > 0 ? "attention, dropout 0.3" : "attention"), layer, x,
                              [&]() -> auto& { return layer.forward(x, c, run); },
                              [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
    }
}
