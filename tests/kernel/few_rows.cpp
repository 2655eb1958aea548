// Products of few rows: simd against cpu, on any number of threads, on both sides of the border to matmul.
#include "support.hpp"

#include <stepgpt/kernel/attention_kept.hpp>
#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/kernel/unembedding.hpp>

using namespace stepgpt;

TEST_CASE_TEMPLATE("few rows: simd equals cpu", Real, float, double) {
    for (const std::size_t rows : {1, 2, 4, 5})
        for (const std::size_t in : {1, 7, 8, 65, 300})
            for (const std::size_t out : {1, 16, 63, 200, 700}) {   // 300 x 700: three parts
                CAPTURE(rows);
                CAPTURE(in);
                CAPTURE(out);
                const auto x = test::numbers<Real>(rows * in, 1), W = test::numbers<Real>(in * out, 2);
                const auto bias = test::numbers<Real>(out, 3);
                const double tolerance = 4 * (static_cast<double>(in) + 4) * test::roundoff<Real>;
                const auto linear = [&](auto device) {
                    auto y = test::nans<Real>(rows * out);
                    linear_forward(device, x.data(), W.data(), bias.data(), y.data(), rows, in, out);
                    return y;
                };
                CHECK(test::distance(linear(cpu{}), test::on_any_threads([&] { return linear(simd{}); })) <= tolerance);
                const auto transposed = [&](auto device) {
                    auto y = test::nans<Real>(rows * out);
                    unembedding_forward(device, x.data(), W.data(), y.data(), rows, in, out);
                    return y;
                };
                CHECK(test::distance(transposed(cpu{}), test::on_any_threads([&] { return transposed(simd{}); })) <= tolerance);
            }
}

TEST_CASE_TEMPLATE("attention over kept keys: simd equals cpu", Real, float, double) {
    for (const std::size_t H : {1, 3})
        for (const std::size_t D : {1, 5, 16, 64}) {
            const std::size_t C = H * D, room = 40, rows = 4;
            const std::vector<token_place> places{{0, 0}, {1, 7}, {1, 8}, {2, 39}};
            const auto qkv = test::numbers<Real>(rows * 3 * C, 1);
            const auto keys = test::numbers<Real>(3 * room * C, 2), values = test::numbers<Real>(3 * room * C, 3);
            const auto attend = [&](auto device) {
                auto k = keys, v = values, z = test::nans<Real>(rows * C), att = std::vector<Real>(rows * H * room);
                keep_keys_and_values(device, qkv.data(), places.data(), k.data(), v.data(), rows, C, room);
                attention_over_kept(device, qkv.data(), places.data(), k.data(), v.data(), att.data(), z.data(), rows, C, H, room);
                z.insert(z.end(), k.begin(), k.end());
                return z;
            };
            const auto expected = attend(cpu{});
            CHECK(test::distance(expected, test::on_any_threads([&] { return attend(simd{}); })) <= 400 * test::roundoff<Real>);
            for (std::size_t c = 0; c < C; ++c) CHECK(expected[c] == qkv[2 * C + c]);      // who sees only itself gets its v
        }
}
