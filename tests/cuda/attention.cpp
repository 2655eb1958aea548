// The attention of `cuda` and `cuda_sim` against the plain loops of `cpu` in double.
#include "on_device.hpp"

#include <stepgpt/kernel/attention.cuh>
#include <stepgpt/kernel/attention.hpp>

using namespace stepgpt;

namespace {

struct sizes {
    std::size_t B, T, H, D;
};

// Queries, keys and values up to 2, so that some weights are large and some are nothing.
template <class Real>
std::vector<Real> some_qkv(const sizes& s) {
    auto x = test::device_numbers<Real>(s.B * s.T * 3 * s.H * s.D, 1);
    for (Real& value : x) value = static_cast<Real>(2 * value);
    return x;
}

// z and then dqkv.
template <class Real>
std::vector<double> wanted(const sizes& s, const dropout_mask& mask) {
    const auto qkv = test::in_double(some_qkv<Real>(s)),
               dz = test::in_double(test::device_numbers<Real>(s.B * s.T * s.H * s.D, 2));
    std::vector<double> z(dz.size()), att(s.B * s.H * s.T * s.T), dqkv(qkv.size());
    attention_forward(cpu{}, qkv.data(), z.data(), att.data(), mask, s.B, s.T, s.H * s.D, s.H);
    attention_backward(cpu{}, dz.data(), qkv.data(), z.data(), att.data(), dqkv.data(), mask, s.B, s.T, s.H * s.D, s.H);
    z.insert(z.end(), dqkv.begin(), dqkv.end());
    return z;
}

template <class Real>
std::vector<Real> on_device(const sizes& s, const dropout_mask& mask) {
    const auto qkv = test::to_device(some_qkv<Real>(s));
    const auto dz = test::to_device(test::device_numbers<Real>(s.B * s.T * s.H * s.D, 2));
    const auto z = test::unwritten<Real>(dz.size()), dqkv = test::unwritten<Real>(qkv.size());
    const auto att = test::unwritten<accumulator<Real>>(s.B * s.H * s.T * attention_memory(gpu{}, s.T));
    attention_forward(gpu{}, qkv.data(), z.data(), att.data(), mask, s.B, s.T, s.H * s.D, s.H);
    attention_backward(gpu{}, dz.data(), qkv.data(), z.data(), att.data(), dqkv.data(), mask, s.B, s.T, s.H * s.D, s.H);
    auto all = test::to_host(z, dz.size());
    const auto more = test::to_host(dqkv, qkv.size());
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

template <class Real>
void check(const sizes& s, double p) {
    CAPTURE(s.B);
    CAPTURE(s.T);
    CAPTURE(s.H);
    CAPTURE(s.D);
    CAPTURE(p);
    const dropout_mask mask{p, {5, stream::dropout, 3}};
    const auto got = test::under_every_schedule([&] { return on_device<Real>(s, mask); });
    const auto all = wanted<Real>(s, mask);
    const std::size_t n = s.B * s.T * s.H * s.D;
    const auto part = [&](const auto& x, std::size_t first, std::size_t last) {
        return std::decay_t<decltype(x)>(x.begin() + static_cast<std::ptrdiff_t>(first),
                                         x.begin() + static_cast<std::ptrdiff_t>(last));
    };
    CHECK(test::relative_error(part(got, 0, n), part(all, 0, n)) < test::tolerance<Real>);               // z
    CHECK(test::relative_error(part(got, n, 4 * n), part(all, n, 4 * n)) < test::tolerance<Real>);       // dqkv
}

}  // namespace

TEST_CASE("attention: rows, any type and any head, with and without dropout") {
    for (const double p : {0.0, 0.3}) {
        check<float>({2, 7, 3, 5}, p);
        check<float>({1, 33, 1, 64}, p);
        check<float>({1, 66, 2, 20}, p);
        check<float>({1, 20, 1, 130}, p);
        check<double>({1, 35, 2, 16}, p);
        check<bf16>({1, 35, 1, 20}, p);
    }
}

TEST_CASE("attention: tensor cores, lengths on both sides of a tile's edge, with and without dropout") {
    for (const double p : {0.0, 0.3}) {
        check<bf16>({2, 7, 3, 8}, p);
        check<bf16>({1, 65, 1, 64}, p);
        check<bf16>({1, 129, 1, 32}, p);
        check<bf16>({1, 97, 1, 128}, p);
    }
}

TEST_CASE("attention: the naive kernel is the same mixture") {
    const sizes s{2, 37, 3, 10};
    const dropout_mask mask{0.2, {5, stream::dropout, 3}};
    const auto qkv = test::to_device(some_qkv<float>(s));
    const std::size_t n = s.B * s.T * s.H * s.D, C = s.H * s.D;
    const attention_shape at{static_cast<int>(s.T), static_cast<int>(C), static_cast<int>(s.H), static_cast<int>(s.D)};
    const auto got = test::under_every_schedule([&] {
        const auto z = test::unwritten<float>(n), log_sum = test::unwritten<float>(s.B * s.H * s.T);
        launch(attention_naive_forward<float>, dim3(blocks_for(s.T, 32), static_cast<unsigned>(s.B * s.H)), 32, 0,
               qkv.data(), z.data(), log_sum.data(), at, dropout_factor(mask), static_cast<int>(s.B * s.H));
        return test::to_host(z, n);
    });
    auto expected = wanted<float>(s, mask);
    expected.resize(n);
    CHECK(test::relative_error(got, expected) < test::tolerance<float>);
}

TEST_CASE("attention: large scores do not overflow, and one position mixes itself alone") {
    const auto check_value = [](auto example, float value) {
        using Real = decltype(example);
        const std::size_t T = 70, C = 16;
        const auto qkv = test::to_device(std::vector<Real>(T * 3 * C, Real(value)));
        const auto z = test::unwritten<Real>(T * C);
        const auto att = test::unwritten<accumulator<Real>>(T);
        attention_forward(gpu{}, qkv.data(), z.data(), att.data(), dropout_mask{}, 1, T, C, 1);
        for (const Real x : test::to_host(z, T * C)) CHECK(static_cast<float>(x) == doctest::Approx(value));
    };
    check_value(1.0f, 1000.f);
    check_value(bf16(1.0f), 1024.f);
}

TEST_CASE("attention: a head of more channels than the kernels hold is refused with a lesson") {
    const std::size_t C = 300;
    std::vector<float> x(3 * C);
    float* const memory = x.data();
    CHECK_THROWS_WITH_AS(attention_forward(gpu{}, memory, memory, memory, dropout_mask{}, 1, 1, C, 1),
                         doctest::Contains("heads of 300 channels"), stepgpt::error);
    CHECK(attention_memory(gpu{}, 1000) == 1);   // a number a query and head
}
