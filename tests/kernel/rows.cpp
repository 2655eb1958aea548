// layer_norm, cross_entropy, embedding: simd against cpu, row by row.
#include "support.hpp"

#include <stepgpt/kernel/cross_entropy.hpp>
#include <stepgpt/kernel/embedding.hpp>
#include <stepgpt/kernel/layer_norm.hpp>
#include <stepgpt/kernel/residual_layer_norm.hpp>

using namespace stepgpt;

TEST_CASE_TEMPLATE("layer_norm: simd equals cpu", Real, float, double) {
    for (const std::size_t rows : {0, 1, 5, 200})
        for (const std::size_t C : {1, 2, 15, 16, 65, 384}) {
            CAPTURE(rows);
            CAPTURE(C);
            const auto x = test::numbers<Real>(rows * C, 1), dy = test::numbers<Real>(rows * C, 2);
            const auto weight = test::numbers<Real>(C, 3), bias = test::numbers<Real>(C, 4);
            const auto forward = [&](auto device) {
                auto y = test::nans<Real>(rows * (C + 2));
                layer_norm_forward(device, x.data(), weight.data(), bias.data(), y.data(), y.data() + rows * C,
                                   y.data() + rows * (C + 1), rows, C);
                return y;
            };
            const auto expected = forward(cpu{});
            // a sum of C terms below 1 errs by at most C^2 roundings; so do mean and variance by C, and rstd is at most
            // 1 / sqrt(eps) = 316, met where C is 1 or 2: there x - mean is 0 or exact
            const double n = static_cast<double>(C) + 8, largest = C <= 2 ? 316 : 8;
            CHECK(test::distance(expected, test::on_any_threads([&] { return forward(simd{}); })) <=
                  largest * n * test::roundoff<Real>);

            const Real *mean = expected.data() + rows * C, *rstd = mean + rows;
            const auto backward = [&](auto device) {
                auto result = test::nans<Real>(rows * C);
                result.insert(result.end(), weight.begin(), weight.end());   // something to add to
                result.insert(result.end(), bias.begin(), bias.end());
                Real* const dweight = result.data() + rows * C;
                layer_norm_backward(device, dy.data(), x.data(), weight.data(), mean, rstd, result.data(), dweight,
                                    dweight + C, rows, C);
                return result;
            };
            const double terms = static_cast<double>(std::max(rows, C)) + 8;
            CHECK(test::distance(backward(cpu{}), test::on_any_threads([&] { return backward(simd{}); })) <=
                  largest * largest * terms * test::roundoff<Real>);
        }
}

TEST_CASE_TEMPLATE("layer_norm of a sum: in one pass what the two kernels do in two", Real, float, double) {
    for (const std::size_t rows : {1, 5, 200})
        for (const std::size_t C : {3, 16, 65, 384}) {
            CAPTURE(rows);
            CAPTURE(C);
            const std::size_t n = rows * C;
            const auto a = test::numbers<Real>(n, 1), b = test::numbers<Real>(n, 2), dy = test::numbers<Real>(n, 3);
            const auto weight = test::numbers<Real>(C, 4), bias = test::numbers<Real>(C, 5);
            const auto both_ways = [&](auto device) {
                auto x = test::nans<Real>(n), y = test::nans<Real>(n), rstd = test::nans<Real>(2 * rows), norm = x;
                auto dx = test::numbers<Real>(n, 6);                                     // dstream, and written over it
                std::vector<Real> dweights(2 * C);
                residual_layer_norm_forward(device, a.data(), b.data(), x.data(), weight.data(), bias.data(), y.data(),
                                            rstd.data() + rows, rstd.data(), rows, C);
                residual_layer_norm_backward(device, dy.data(), x.data(), weight.data(), rstd.data() + rows, rstd.data(),
                                             dx.data(), norm.data(), dx.data(), dweights.data(), dweights.data() + C, rows, C);
                for (const auto* more : {&y, &rstd, &dx, &dweights}) x.insert(x.end(), more->begin(), more->end());
                return x;
            };
            const double terms = static_cast<double>(std::max(rows, C)) + 8;
            CHECK(test::distance(both_ways(cpu{}), test::on_any_threads([&] { return both_ways(simd{}); })) <=
                  64 * terms * test::roundoff<Real>);
        }
}

TEST_CASE_TEMPLATE("cross_entropy: simd equals cpu, and may write the gradient over the logits", Real, float, double) {
    for (const std::size_t rows : {0, 1, 6, 77})
        for (const std::size_t V : {1, 2, 16, 65, 1000}) {
            CAPTURE(rows);
            CAPTURE(V);
            auto logits = test::numbers<Real>(rows * V, 1);
            for (Real& value : logits) value = 30 * value + 100;
            std::vector<token> targets(rows);
            for (std::size_t r = 0; r < rows; ++r) targets[r] = r % 5 == 3 ? -1 : static_cast<token>(r * 7 % V);
            const auto forward = [&](auto device) {
                auto result = test::nans<Real>(2 * rows);
                cross_entropy_forward(device, logits.data(), targets.data(), result.data(), result.data() + rows, rows, V);
                return result;
            };
            const auto expected = forward(cpu{});
            // log_sum is near 130: one rounding of it is 128 units of the number 1; the sum's error is relative, V roundings
            const double bound = (4 * 128 + static_cast<double>(V)) * test::roundoff<Real>;
            CHECK(test::distance(expected, test::on_any_threads([&] { return forward(simd{}); })) <= bound);

            const auto backward = [&](auto device) {
                auto dlogits = logits;
                cross_entropy_backward(device, dlogits.data(), expected.data() + rows, targets.data(), dlogits.data(),
                                       static_cast<Real>(0.25), rows, V);
                return dlogits;
            };
            CHECK(test::distance(backward(cpu{}), test::on_any_threads([&] { return backward(simd{}); })) <=
                  0.25 * 8 * test::roundoff<Real>);
        }
}

TEST_CASE_TEMPLATE("embedding: simd gives cpu's bits, however often a token occurs", Real, float, double) {
    for (const std::size_t B : {0, 1, 3})
        for (const std::size_t T : {1, 20})
            for (const std::size_t C : {1, 16, 70}) {
                const std::size_t V = 5;
                std::vector<token> ids(B * T);
                for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(i * i % V);
                const auto wte = test::numbers<Real>(V * C, 1), wpe = test::numbers<Real>(T * C, 2);
                const auto dy = test::numbers<Real>(B * T * C, 3);
                const auto forward = [&](auto device) {
                    auto y = test::nans<Real>(B * T * C);
                    embedding_forward(device, ids.data(), wte.data(), wpe.data(), y.data(), B, T, C);
                    return y;
                };
                CHECK(test::same_bits(forward(cpu{}), test::on_any_threads([&] { return forward(simd{}); })));
                const auto backward = [&](auto device) {
                    auto d = wte;
                    d.insert(d.end(), wpe.begin(), wpe.end());
                    embedding_backward(device, ids.data(), dy.data(), d.data(), d.data() + V * C, B, T, C);
                    return d;
                };
                CHECK(test::same_bits(backward(cpu{}), test::on_any_threads([&] { return backward(simd{}); })));
            }
}
