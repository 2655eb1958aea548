#include "support.hpp"

#include <stepgpt/kernel/attention.hpp>

using namespace stepgpt;

namespace {

template <class Real, class Device>
auto attend(Device device, const dropout_mask& mask, std::size_t B, std::size_t T, std::size_t C, std::size_t H) {
    auto qkv = test::numbers<Real>(B * T * 3 * C, 1);
    for (Real& value : qkv) value *= 2;
    const auto dz = test::numbers<Real>(B * T * C, 2);
    auto z = test::nans<Real>(B * T * C), dqkv = test::nans<Real>(B * T * 3 * C);
    auto att = test::nans<Real>(B * H * T * attention_memory(device, T));
    attention_forward(device, qkv.data(), z.data(), att.data(), mask, B, T, C, H);
    attention_backward(device, dz.data(), qkv.data(), z.data(), att.data(), dqkv.data(), mask, B, T, C, H);
    z.insert(z.end(), dqkv.begin(), dqkv.end());
    return z;
}

// Scores are sums of D products of at most 4: |score| <= 4 sqrt(D) after scaling, and their error is that of the sum; a
// probability's relative error is its score's error. z is a mean of values below 2. dqkv sums T products of that size.
template <class Real>
double bound(std::size_t T, std::size_t D) {
    const double score = 4 * std::sqrt(static_cast<double>(D)) * (static_cast<double>(D) + 8);
    return 8 * (score + static_cast<double>(T)) * std::sqrt(static_cast<double>(T)) * test::roundoff<Real>;
}

}  // namespace

TEST_CASE_TEMPLATE("attention: simd equals cpu on any shape, with and without dropout", Real, float, double) {
    struct {
        std::size_t B, T, H, D;
    } const shapes[] = {{0, 3, 1, 4}, {1, 1, 1, 1}, {1, 2, 1, 5}, {2, 7, 3, 8}, {1, 48, 2, 16}, {3, 49, 1, 33}, {1, 131, 2, 20},
                        {2, 64, 16, 8}, {1, 200, 1, 64}, {1, 97, 1, 130}};
    for (const auto& s : shapes)
        for (const double p : {0.0, 0.3}) {
            CAPTURE(s.B);
            CAPTURE(s.T);
            CAPTURE(s.H);
            CAPTURE(s.D);
            CAPTURE(p);
            const dropout_mask mask{p, {5, stream::dropout, 3}};
            const auto expected = attend<Real>(cpu{}, mask, s.B, s.T, s.H * s.D, s.H);
            CHECK(test::distance(expected, test::on_any_threads([&] {
                      return attend<Real>(simd{}, mask, s.B, s.T, s.H * s.D, s.H);
                  })) <= bound<Real>(s.T, s.D));
        }
}

TEST_CASE("attention: simd keeps one number a query and head, cpu a whole row") {
    CHECK(attention_memory(cpu{}, 100) == 100);
    CHECK(attention_memory(simd{}, 100) == 1);
}

TEST_CASE("attention: large scores do not overflow") {
    const std::size_t T = 20, C = 4;
    std::vector<float> qkv(T * 3 * C, 1000.f), z(T * C), att(T);
    attention_forward(simd{}, qkv.data(), z.data(), att.data(), dropout_mask{}, 1, T, C, 1);
    for (const float value : z) CHECK(value == doctest::Approx(1000));
}
