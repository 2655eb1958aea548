// The length of all gradients together, and what clipping multiplies them by.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/nn/linear.hpp>
#include <stepgpt/optim/clip.hpp>

using namespace stepgpt;

namespace {

struct one_layer {
    using real = float;
    linear<float> layer;
    std::vector<parameter_view<float>> all;

    one_layer(std::size_t in, std::size_t out) : layer("c_fc", in, out), all(parameters(*this)) {}
    one_layer(const one_layer&) = delete;   // `all` points into it

    template <class Visit>
    void each_parameter(Visit&& visit) {
        layer.each_parameter(visit);
    }
};

}  // namespace

TEST_CASE_TEMPLATE("clip: the norm is over all trainable parameters together", Device, cpu, simd) {
    one_layer model(1, 2);
    const float slopes[4] = {2, 3, 0, 6};
    std::copy_n(slopes, 2, model.layer.weight.grad.data());
    std::copy_n(slopes + 2, 2, model.layer.bias.grad.data());
    CHECK(gradient_norm(Device{}, model.all) == 7);   // 4 + 9 + 36
    model.layer.bias.trainable = false;
    CHECK(gradient_norm(Device{}, model.all) == doctest::Approx(std::sqrt(13)));
    zero_gradients(simd{}, model.all);
    CHECK(gradient_norm(Device{}, model.all) == 0);
}

TEST_CASE("clip: scales down to the limit, never up, and 0 means no limit") {
    CHECK(clip_scale(4, 1) == 0.25);
    CHECK(clip_scale(0.5, 1) == 1);
    CHECK(clip_scale(0, 1) == 1);
    CHECK(clip_scale(1e9, 0) == 1);
}

TEST_CASE_TEMPLATE("clip: the norm is exact to rounding and has the same bits on any number of threads", Device, cpu,
                   simd) {
    one_layer model(1000, 101);
    double squares = 0;
    for (const auto& p : model.all)
        for (std::size_t i = 0; i < p.size; ++i) {
            p.grad[i] = static_cast<float>(random_numbers(1, stream::test).normal(i));
            squares += static_cast<double>(p.grad[i]) * static_cast<double>(p.grad[i]);
        }
    const int before = thread_count();
    std::set<double> norms;
    for (const int threads : {1, 2, 3, 4, 8}) {
        set_thread_count(threads);
        norms.insert(gradient_norm(Device{}, model.all));
    }
    set_thread_count(before);
    CHECK(norms.size() == 1);
    CHECK(*norms.begin() == doctest::Approx(std::sqrt(squares)).epsilon(1e-12));
}
