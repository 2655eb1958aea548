#include "matmul_support.hpp"

#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/kernel/linear_gelu.hpp>
#include <stepgpt/kernel/matmul.hpp>
#include <stepgpt/kernel/unembedding.hpp>

using namespace stepgpt;

TEST_CASE_TEMPLATE("matmul: every shape, every transposition, the same bits on any number of threads", Real, float, double) {
    for (const std::size_t M : {0, 1, 5, 6, 7, 64})
        for (const std::size_t N : {0, 1, 15, 16, 63, 65, 130})
            for (const std::size_t K : {0, 1, 3, 4, 5, 64}) test::check_product<Real>(M, N, K);
    test::check_product<Real>(203, 33, 17);     // more than one block of rows,
    test::check_product<Real>(13, 1100, 9);     // of columns
    test::check_product<Real>(13, 70, 800);     // and of k
}

TEST_CASE_TEMPLATE("linear and unembedding: simd equals cpu", Real, float, double) {
    for (const std::size_t rows : {0, 1, 7, 50})
        for (const std::size_t in : {1, 12, 65})
            for (const std::size_t out : {1, 33, 96}) {
                CAPTURE(rows); CAPTURE(in); CAPTURE(out);
                const auto x = test::numbers<Real>(rows * in, 1), dy = test::numbers<Real>(rows * out, 2);
                const auto w = test::numbers<Real>(in * out, 3), bias = test::numbers<Real>(out, 4);
                // all inputs are at most 1: a sum of n products, in whatever order, errs by at most n n roundings; both sides
                const auto bound = [](std::size_t n) { return 2 * static_cast<double>((n + 2) * (n + 2)) * test::roundoff<Real>; };
                auto y = test::nans<Real>(rows * out), dx = test::nans<Real>(rows * in);
                auto dw = w, dbias = bias;

                linear_forward(cpu{}, x.data(), w.data(), bias.data(), y.data(), rows, in, out);
                CHECK(test::distance(y, test::on_any_threads([&] {
                          auto result = test::nans<Real>(rows * out);
                          linear_forward(simd{}, x.data(), w.data(), bias.data(), result.data(), rows, in, out);
                          return result;
                      })) <= bound(in));

                linear_backward_input(cpu{}, dy.data(), w.data(), dx.data(), rows, in, out);
                CHECK(test::distance(dx, test::on_any_threads([&] {
                          auto result = test::nans<Real>(rows * in);
                          linear_backward_input(simd{}, dy.data(), w.data(), result.data(), rows, in, out);
                          return result;
                      })) <= bound(out));

                linear_backward_weight(cpu{}, dy.data(), x.data(), dw.data(), dbias.data(), rows, in, out);
                dw.insert(dw.end(), dbias.begin(), dbias.end());
                CHECK(test::distance(dw, test::on_any_threads([&] {
                          auto result = w, sums = bias;
                          linear_backward_weight(simd{}, dy.data(), x.data(), result.data(), sums.data(), rows, in, out);
                          result.insert(result.end(), sums.begin(), sums.end());
                          return result;
                      })) <= bound(rows));

                unembedding_forward(cpu{}, x.data(), w.data(), y.data(), rows, in, out);      // w as (V = out, C = in)
                CHECK(test::distance(y, test::on_any_threads([&] {
                          auto result = test::nans<Real>(rows * out);
                          unembedding_forward(simd{}, x.data(), w.data(), result.data(), rows, in, out);
                          return result;
                      })) <= bound(in));

                unembedding_backward_input(cpu{}, dy.data(), w.data(), dx.data(), rows, in, out);
                CHECK(test::distance(dx, test::on_any_threads([&] {
                          auto result = test::nans<Real>(rows * in);
                          unembedding_backward_input(simd{}, dy.data(), w.data(), result.data(), rows, in, out);
                          return result;
                      })) <= bound(out));

                auto dwte = w;
                unembedding_backward_weight(cpu{}, dy.data(), x.data(), dwte.data(), rows, in, out);
                CHECK(test::distance(dwte, test::on_any_threads([&] {
                          auto result = w;
                          unembedding_backward_weight(simd{}, dy.data(), x.data(), result.data(), rows, in, out);
                          return result;
                      })) <= bound(rows));
            }
}

TEST_CASE_TEMPLATE("linear: with into::write the gradient's old content is forgotten", Real, float, double) {
    for (const std::size_t rows : {0, 1, 7, 800}) {
        const std::size_t in = 9, out = 70;
        const auto x = test::numbers<Real>(rows * in, 1), dy = test::numbers<Real>(rows * out, 2);
        const auto gradients = [&](auto device, into how, Real start) {
            std::vector<Real> d(in * out + out, start), dwte(out * in, start);
            linear_backward_weight(device, dy.data(), x.data(), d.data(), d.data() + in * out, rows, in, out, how);
            unembedding_backward_weight(device, dy.data(), x.data(), dwte.data(), rows, in, out, how);
            d.insert(d.end(), dwte.begin(), dwte.end());
            return d;
        };
        CHECK(test::same_bits(gradients(simd{}, into::write, NAN), gradients(simd{}, into::add, 0)));
        CHECK(test::same_bits(gradients(cpu{}, into::write, NAN), gradients(cpu{}, into::add, 0)));
    }
}

TEST_CASE_TEMPLATE("linear_gelu: the same as one after the other", Real, float, double) {
    for (const std::size_t rows : {0, 1, 6, 50}) {
        const std::size_t in = 40, out = 66;
        const auto x = test::numbers<Real>(rows * in, 1), w = test::numbers<Real>(in * out, 2), bias = test::numbers<Real>(out, 3);
        const auto dy = test::numbers<Real>(rows * out, 4);
        const auto forward = [&](auto device) {
            auto y = test::nans<Real>(2 * rows * out);
            linear_gelu_forward(device, x.data(), w.data(), bias.data(), y.data(), y.data() + rows * out, rows, in, out);
            return y;
        };
        const auto backward = [&](auto device) {
            auto dpre = test::nans<Real>(rows * in);
            linear_gelu_backward_input(device, dy.data(), w.data(), x.data(), dpre.data(), rows, in, out);
            return dpre;
        };
        // sums of at most 66 products below 1, and a gate whose slope is below 1.2: as in linear and gelu
        const double bound = 2 * 1.2 * 68 * 68 * test::roundoff<Real>;
        CHECK(test::distance(forward(cpu{}), test::on_any_threads([&] { return forward(simd{}); })) <= bound);
        CHECK(test::distance(backward(cpu{}), test::on_any_threads([&] { return backward(simd{}); })) <= bound);
    }
}
