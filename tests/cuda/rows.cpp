// Layer norm and cross-entropy on the simulator, against the plain kernels.
#include "on_device.hpp"

#include <utility>
#include <vector>

#include <stepgpt/kernel/classifier.cuh>
#include <stepgpt/kernel/cross_entropy.cuh>
#include <stepgpt/kernel/cross_entropy.hpp>
#include <stepgpt/kernel/layer_norm.cuh>
#include <stepgpt/kernel/residual_layer_norm.hpp>

using namespace stepgpt;

namespace {

template <class Real>
std::vector<Real> inputs(std::size_t n, unsigned seed) {
    std::vector<Real> x(n);
    const auto wide = test::device_numbers<double>(n, seed);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Real>(static_cast<accumulator<Real>>(wide[i]));
    return x;
}
template <class Real>
constexpr double limit = sizeof(Real) == 8 ? 1e-14 : sizeof(Real) == 4 ? 1e-6 : 4e-3;

template <class Real>
void check_layer_norm(std::size_t rows, std::size_t C) {
    CAPTURE(rows);
    CAPTURE(C);
    using Sum = accumulator<Real>;
    const auto x = inputs<Real>(rows * C, 1), weight = inputs<Real>(C, 2), bias = inputs<Real>(C, 3), dy = inputs<Real>(rows * C, 4);
    const auto start = inputs<Real>(2 * C, 5);                      // gradients that are there already
    const auto wide_x = test::in_double(x), wide_weight = test::in_double(weight), wide_bias = test::in_double(bias), wide_dy = test::in_double(dy);
    std::vector<double> y(rows * C), mean(rows), rstd(rows), dx(rows * C), gradients = test::in_double(start);
    layer_norm_forward(cpu{}, wide_x.data(), wide_weight.data(), wide_bias.data(), y.data(), mean.data(), rstd.data(), rows, C);
    layer_norm_backward(cpu{}, wide_dy.data(), wide_x.data(), wide_weight.data(), mean.data(), rstd.data(), dx.data(),
                        gradients.data(), gradients.data() + C, rows, C);

    const auto x_there = test::to_device(x), weight_there = test::to_device(weight), bias_there = test::to_device(bias);
    const auto dy_there = test::to_device(dy);
    const device_buffer<Sum> its_mean(rows), its_rstd(rows);
    for (const bool naive : {true, false}) {
        const auto its_y = test::under_every_schedule([&] {
            const auto result = test::unwritten<Real>(rows * C);
            if (naive)
                launch(layer_norm_naive_forward<Real>, blocks_for(rows, 32), 32, 0, x_there.data(), weight_there.data(),
                       bias_there.data(), result.data(), its_mean.data(), its_rstd.data(), static_cast<int>(rows), static_cast<int>(C));
            else
                layer_norm_forward(gpu{}, x_there.data(), weight_there.data(), bias_there.data(), result.data(), its_mean.data(),
                                   its_rstd.data(), rows, C);
            return test::to_host(result, rows * C);
        });
        CHECK(test::relative_error(its_y, y) <= limit<Real>);
        CHECK(test::relative_error(test::to_host(its_rstd, rows), rstd) <= (sizeof(Real) == 8 ? 1e-14 : 1e-6));
    }
    std::vector<Real> its_gradients;
    const auto its_dx = test::under_every_schedule([&] {
        const auto result = test::unwritten<Real>(rows * C), sums = test::to_device(start);
        layer_norm_backward(gpu{}, dy_there.data(), x_there.data(), weight_there.data(), its_mean.data(), its_rstd.data(),
                            result.data(), sums.data(), sums.data() + C, rows, C);
        const auto before = std::exchange(its_gradients, test::to_host(sums, 2 * C));
        CHECK((before.empty() || test::equal_bits(before, its_gradients)));
        return test::to_host(result, rows * C);
    });
    CHECK(test::relative_error(its_dx, dx) <= 2 * limit<Real>);
    CHECK(test::relative_error(its_gradients, gradients) <= limit<Real>);
}

template <class Real>
void check_cross_entropy(std::size_t rows, std::size_t V) {
    CAPTURE(rows);
    CAPTURE(V);
    using Sum = accumulator<Real>;
    auto logits = inputs<Real>(rows * V, 6);
    for (auto& x : logits) x = static_cast<Real>(20 * static_cast<Sum>(x));
    std::vector<token> targets(rows);
    for (std::size_t r = 0; r < rows; ++r) targets[r] = r % 3 == 1 ? -1 : static_cast<token>((r * 7 + V - 1) % V);
    const auto wide = test::in_double(logits);
    std::vector<double> losses(rows), log_sum(rows), dlogits(rows * V);
    cross_entropy_forward(cpu{}, wide.data(), targets.data(), losses.data(), log_sum.data(), rows, V);
    cross_entropy_backward(cpu{}, wide.data(), log_sum.data(), targets.data(), dlogits.data(), 0.25, rows, V);

    const auto logits_there = test::logits_to_device(logits, rows, V);
    const auto targets_there = test::to_device(targets);
    const device_buffer<Sum> its_log_sum(rows);
    for (const bool naive : {true, false}) {
        const auto its_losses = test::under_every_schedule([&] {
            const auto result = test::unwritten<Sum>(rows);
            if (naive)
                launch(cross_entropy_naive_forward<Real>, blocks_for(rows, 32), 32, 0, logits_there.data(), targets_there.data(),
                       result.data(), its_log_sum.data(), static_cast<int>(rows), static_cast<int>(V));
            else
                cross_entropy_forward(gpu{}, logits_there.data(), targets_there.data(), result.data(), its_log_sum.data(), rows, V);
            return test::to_host(result, rows);
        });
        CHECK(test::relative_error(test::to_host(its_log_sum, rows), log_sum) <= (sizeof(Real) == 8 ? 1e-14 : 1e-6));
        for (std::size_t r = 0; r < rows; ++r) CHECK(std::abs(its_losses[r] - losses[r]) <= (sizeof(Real) == 8 ? 1e-13 : 2e-5));
    }
    const auto its_dlogits = test::under_every_schedule([&] {
        const auto result = test::logits_to_device(logits, rows, V);                // in place
        cross_entropy_backward(gpu{}, result.data(), its_log_sum.data(), targets_there.data(), result.data(), Sum(0.25), rows, V);
        return test::logits_to_host(result, rows, V);
    });
    CHECK(test::relative_error(its_dlogits, dlogits) <= 4 * limit<Real>);

    const auto dloss = test::to_device(std::vector<Sum>{Sum(0.25)});       // both ways in one kernel
    std::vector<Sum> losses_in_place;
    const auto dlogits_in_place = test::under_every_schedule([&] {
        const auto result = test::logits_to_device(logits, rows, V);
        const auto its_losses = test::unwritten<Sum>(rows);
        cross_entropy_in_place(gpu{}, result.data(), targets_there.data(), its_losses.data(), dloss.data(), rows, V);
        const auto before = std::exchange(losses_in_place, test::to_host(its_losses, rows));
        CHECK((before.empty() || test::equal_bits(before, losses_in_place)));
        return test::logits_to_host(result, rows, V);
    });
    CHECK(test::relative_error(dlogits_in_place, dlogits) <= 4 * limit<Real>);
    for (std::size_t r = 0; r < rows; ++r) CHECK(std::abs(losses_in_place[r] - losses[r]) <= (sizeof(Real) == 8 ? 1e-13 : 2e-5));
}

}  // namespace

TEST_CASE_TEMPLATE("cuda: layer norm, both ways", Real, float, double, bf16) {
    for (const std::size_t C : {5, 17, 32, 256, 300}) check_layer_norm<Real>(19, C);   // of two channels dx is all cancellation
    check_layer_norm<Real>(1, 8);
}

TEST_CASE_TEMPLATE("cuda: layer norm of a sum, in one pass", Real, float, bf16) {
    const std::size_t rows = 5, C = 64;
    const auto a = inputs<Real>(rows * C, 1), b = inputs<Real>(rows * C, 2);
    const auto a_there = test::to_device(a), b_there = test::to_device(b);
    const auto weight = test::to_device(inputs<Real>(C, 3)), bias = test::to_device(inputs<Real>(C, 4));
    const device_buffer<Real> x(rows * C), y(rows * C), separate(rows * C);
    const device_buffer<accumulator<Real>> mean(rows), rstd(rows);
    residual_layer_norm_forward(gpu{}, a_there.data(), b_there.data(), x.data(), weight.data(), bias.data(), y.data(), mean.data(),
                                rstd.data(), rows, C);
    const auto sum = test::to_host(x, rows * C);
    for (std::size_t i = 0; i < sum.size(); ++i)
        REQUIRE(sum[i] == static_cast<Real>(static_cast<accumulator<Real>>(a[i]) + static_cast<accumulator<Real>>(b[i])));
    layer_norm_forward(gpu{}, x.data(), weight.data(), bias.data(), separate.data(), mean.data(), rstd.data(), rows, C);
    CHECK(test::equal_bits(test::to_host(y, rows * C), test::to_host(separate, rows * C)));
}

TEST_CASE_TEMPLATE("cuda: the way back from the norm of a sum: what flows past it is added, also in place", Real, float, double, bf16) {
    using Sum = accumulator<Real>;
    const std::size_t rows = 11, C = 40;
    const auto dy = inputs<Real>(rows * C, 1), x = inputs<Real>(rows * C, 2), past = inputs<Real>(rows * C, 3);
    const auto weight = inputs<Real>(C, 4);
    const auto wide = [](const auto& numbers) { return test::in_double(numbers); };
    std::vector<double> y(rows * C), mean(rows), rstd(rows), bias(C), dnorm(rows * C), wanted(rows * C), gradients(2 * C);
    layer_norm_forward(cpu{}, wide(x).data(), wide(weight).data(), bias.data(), y.data(), mean.data(), rstd.data(), rows, C);
    residual_layer_norm_backward(cpu{}, wide(dy).data(), wide(x).data(), wide(weight).data(), mean.data(), rstd.data(),
                                 wide(past).data(), dnorm.data(), wanted.data(), gradients.data(), gradients.data() + C, rows, C);
    const auto dy_there = test::to_device(dy), x_there = test::to_device(x), weight_there = test::to_device(weight);
    const auto mean_there = test::to_device(std::vector<Sum>(mean.begin(), mean.end()));
    const auto rstd_there = test::to_device(std::vector<Sum>(rstd.begin(), rstd.end()));
    std::vector<Real> its_gradients;
    const auto dx = test::under_every_schedule([&] {
        const auto stream = test::to_device(past), sums = test::to_device(std::vector<Real>(2 * C, static_cast<Real>(0.0f)));
        residual_layer_norm_backward<Real>(gpu{}, dy_there.data(), x_there.data(), weight_there.data(), mean_there.data(),
                                           rstd_there.data(), stream.data(), nullptr, stream.data(), sums.data(),
                                           sums.data() + C, rows, C);
        its_gradients = test::to_host(sums, 2 * C);
        return test::to_host(stream, rows * C);
    });
    CHECK(test::relative_error(dx, wanted) <= 2 * limit<Real>);
    CHECK(test::relative_error(its_gradients, gradients) <= 2 * limit<Real>);
}

TEST_CASE_TEMPLATE("cuda: cross-entropy, both ways, with targets that are not asked", Real, float, double, bf16) {
    for (const std::size_t V : {1, 17, 64, 130, 1032, 8200}) check_cross_entropy<Real>(7, V);
}

TEST_CASE("cuda: a sum in double, of more numbers than threads") {
    const std::vector<float> x(5000, 0.1f);
    const auto there = test::to_device(x);
    double wanted = 0;
    for (const float value : x) wanted += static_cast<double>(value);
    const auto sum = test::under_every_schedule([&] { return std::vector<double>{sum_of(gpu{}, there.data(), x.size())}; });
    CHECK(sum[0] == doctest::Approx(wanted).epsilon(1e-14));
    CHECK(sum_of(gpu{}, there.data(), 0) == 0);
}
