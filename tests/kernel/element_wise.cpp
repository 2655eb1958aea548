// residual, gelu, dropout, adamw, sgd, sum_of_squares: simd against cpu.
#include "support.hpp"

#include <stepgpt/kernel/dropout.hpp>
#include <stepgpt/kernel/gelu.hpp>
#include <stepgpt/kernel/optimizer.hpp>
#include <stepgpt/kernel/residual.hpp>

using namespace stepgpt;

namespace {
constexpr std::size_t sizes[] = {0, 1, 7, 16, 63, 1000, 4096, 9001};
}

TEST_CASE_TEMPLATE("residual: simd gives cpu's bits", Real, float, double) {
    for (const std::size_t n : sizes) {
        const auto a = test::numbers<Real>(n, 1), b = test::numbers<Real>(n, 2);
        auto expected = test::nans<Real>(n);
        residual_forward(cpu{}, a.data(), b.data(), expected.data(), n);
        CHECK(test::same_bits(expected, test::on_any_threads([&] {
            auto y = test::nans<Real>(n);
            residual_forward(simd{}, a.data(), b.data(), y.data(), n);
            return y;
        })));
    }
}

TEST_CASE_TEMPLATE("gelu: simd within a few roundings of cpu, from one end of its range to the other", Real, float, double) {
    for (const std::size_t n : sizes) {
        auto x = test::numbers<Real>(n, 1), dy = test::numbers<Real>(n, 2);
        for (Real& value : x) value *= 12;                       // beyond |x| = 6 the gate is 0 or 1
        auto y = test::nans<Real>(n), dx = y;
        gelu_forward(cpu{}, x.data(), y.data(), n);
        gelu_backward(cpu{}, dy.data(), x.data(), dx.data(), n);
        // the gate is at most 1 and is off by some 10 roundings; it is multiplied by x, in the slope by x du <= 20
        CHECK(test::distance(y, test::on_any_threads([&] {
                  auto result = test::nans<Real>(n);
                  gelu_forward(simd{}, x.data(), result.data(), n);
                  return result;
              })) <= 12 * 10 * test::roundoff<Real>);
        CHECK(test::distance(dx, test::on_any_threads([&] {
                  auto result = test::nans<Real>(n);
                  gelu_backward(simd{}, dy.data(), x.data(), result.data(), n);
                  return result;
              })) <= 20 * 10 * test::roundoff<Real>);
    }
}

TEST_CASE("gelu: the ends of the number line stay finite") {
    const std::vector<float> x = {-1e20f, -1e5f, -90.f, -0.f, 0.f, 90.f, 1e5f, 1e20f};
    std::vector<float> y(x.size());
    gelu_forward(simd{}, x.data(), y.data(), x.size());
    CHECK(y == std::vector<float>{0, 0, 0, 0, 0, 90.f, 1e5f, 1e20f});
}

TEST_CASE_TEMPLATE("dropout: simd drops the elements that cpu drops", Real, float, double) {
    const dropout_mask mask{0.3, {7, stream::dropout, 11}};
    for (const std::size_t n : sizes) {
        const auto x = test::numbers<Real>(n, 1);
        auto expected = test::nans<Real>(n);
        dropout_apply(cpu{}, x.data(), expected.data(), mask, n);
        CHECK(test::same_bits(expected, test::on_any_threads([&] {
            auto y = test::nans<Real>(n);
            dropout_apply(simd{}, x.data(), y.data(), mask, n);
            return y;
        })));
    }
    for (const std::size_t first : {0, 1, 2, 3, 4, 61, 64, 257}) {            // from any place in the sequence
        std::vector<Real> factors(131);
        detail::dropout_factors(mask, first, factors.size(), factors.data());
        for (std::size_t i = 0; i < factors.size(); ++i) REQUIRE(factors[i] == mask.factor<Real>(first + i));
    }
}

TEST_CASE_TEMPLATE("optimizers: simd takes cpu's step, within roundings", Real, float, double) {
    const adamw_step adamw{.lr = 1e-2, .decay = 0.1, .correction1 = 0.19, .correction2 = 0.002, .gradient_scale = 0.5};
    const sgd_step sgd{.lr = 0.1, .momentum = 0.9, .decay = 0.01, .gradient_scale = 0.5};
    for (const std::size_t n : sizes) {
        const auto grad = test::numbers<Real>(n, 1), start = test::numbers<Real>(n, 2), m_start = test::numbers<Real>(n, 3);
        auto v_start = test::numbers<Real>(n, 4);
        for (Real& v : v_start) v *= v;
        const auto with_adamw = [&](auto device) {
            auto w = start, m = m_start, v = v_start;
            adamw_update(device, grad.data(), w.data(), m.data(), v.data(), adamw, n);
            w.insert(w.end(), m.begin(), m.end());
            w.insert(w.end(), v.begin(), v.end());
            return w;
        };
        const auto with_sgd = [&](auto device) {
            auto w = start, m = m_start;
            sgd_update(device, grad.data(), w.data(), m.data(), sgd, n);
            w.insert(w.end(), m.begin(), m.end());
            return w;
        };
        // m and v are below 1, one or two roundings apart where a compiler fuses; the step is lr/correction1 m/sqrt(v) root
        // = 0.05 * 22 * 0.04 / sqrt(v) at most, and sqrt(v) >= sqrt(1 - beta2) g: below 10
        CHECK(test::distance(with_adamw(cpu{}), test::on_any_threads([&] { return with_adamw(simd{}); })) <=
              10 * 8 * test::roundoff<Real>);
        CHECK(test::distance(with_sgd(cpu{}), test::on_any_threads([&] { return with_sgd(simd{}); })) <=
              2 * 4 * test::roundoff<Real>);
    }
}

TEST_CASE_TEMPLATE("sum_of_squares: simd agrees with cpu, and is the same on any number of threads", Real, float, double) {
    for (const std::size_t n : {0, 1, 15, 4096, 100001}) {
        const auto x = test::numbers<Real>(n, 1);
        const double expected = sum_of_squares(cpu{}, x.data(), n);
        const auto sum = test::on_any_threads([&] { return std::vector<double>{sum_of_squares(simd{}, x.data(), n)}; });
        CHECK(sum[0] == doctest::Approx(expected).epsilon(1e-12));
    }
}
