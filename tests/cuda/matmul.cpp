// The matrix products of `cuda` and `cuda_sim`: every rung of the ladder, and the layers that stand on it.
#include "on_device.hpp"

#include <string>

#include <stepgpt/kernel/linear.cuh>
#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/kernel/linear_gelu.cuh>
#include <stepgpt/kernel/linear_gelu.hpp>
#include <stepgpt/kernel/unembedding.cuh>
#include <stepgpt/kernel/unembedding.hpp>

using namespace stepgpt;

namespace {

struct sizes {
    std::size_t M, N, K;
};

// C = A B by plain loops. A lies (M,K), or (K,M) if transposed; B lies (K,N) or (N,K).
std::vector<double> product(const std::vector<double>& A, const std::vector<double>& B, sizes s, bool a_transposed,
                            bool b_transposed) {
    std::vector<double> C(s.M * s.N);
    for (std::size_t i = 0; i < s.M; ++i)
        for (std::size_t j = 0; j < s.N; ++j)
            for (std::size_t k = 0; k < s.K; ++k)
                C[i * s.N + j] +=
                    A[a_transposed ? k * s.M + i : i * s.K + k] * B[b_transposed ? j * s.K + k : k * s.N + j];
    return C;
}

// Runs one rung on A and B as they lie, and compares.
template <class Real, bool ATransposed, bool BTransposed, class Rung>
void check_rung(const char* name, sizes s, Rung&& rung) {
    CAPTURE(name);
    CAPTURE(s.M);
    CAPTURE(s.N);
    CAPTURE(s.K);
    CAPTURE(ATransposed);
    CAPTURE(BTransposed);
    const auto A = test::device_numbers<Real>(s.M * s.K, 1), B = test::device_numbers<Real>(s.K * s.N, 2);
    const auto wanted = product(test::in_double(A), test::in_double(B), s, ATransposed, BTransposed);
    const auto a = test::to_device(A), b = test::to_device(B);
    const device_matrix<Real> a_view{a.data(), ATransposed ? s.M : s.K, ATransposed};
    const device_matrix<Real> b_view{b.data(), BTransposed ? s.K : s.N, BTransposed};
    const auto got = test::under_every_schedule([&] {
        const auto c = test::unwritten<Real>(s.M * s.N);
        rung(a_view, b_view, static_cast<int>(s.M), static_cast<int>(s.N), static_cast<int>(s.K),
             epilogue<Real, finish::write>{.c = c.data(), .stride = s.N});
        return test::to_host(c, s.M * s.N);
    });
    CHECK(test::relative_error(got, wanted) < test::tolerance<Real>);
}

template <class Real, bool ATransposed, bool BTransposed>
void check_rungs(sizes s) {
    using end = epilogue<Real, finish::write>;
    const auto check = [&](const char* name, auto&& rung) {
        check_rung<Real, ATransposed, BTransposed>(name, s, rung);
    };
    check("naive", [](auto A, auto B, int M, int N, int K, end e) {
        launch(matmul_naive<Real, end>, dim3(blocks_for(N, 16), blocks_for(M, 16)), dim3(16, 16), 0, A, B, M, N, K, e);
    });
    check("tiled", [](auto A, auto B, int M, int N, int K, end e) {
        launch(matmul_tiled<Real, 16, end>, dim3(blocks_for(N, 16), blocks_for(M, 16)), dim3(16, 16), 0, A, B, M, N, K,
               e);
    });
    check("registers, 4 x 4", [](auto A, auto B, int M, int N, int K, end e) {
        launch(matmul_registers<Real, 4, ATransposed, BTransposed, end>, tiles(M, N, 64), 256, 0, A, B, M, N, K, e);
    });
    check("registers, 8 x 8", [](auto A, auto B, int M, int N, int K, end e) {
        launch(matmul_registers<Real, 8, ATransposed, BTransposed, end>, tiles(M, N, 128), 256, 0, A, B, M, N, K, e);
    });
    check("what matmul chooses", [](auto A, auto B, int M, int N, int K, end e) { matmul(gpu{}, A, B, M, N, K, e); });
    if (!(ATransposed && BTransposed))
        check("by hand", [](auto A, auto B, int M, int N, int K, end e) { matmul_by_hand(gpu{}, A, B, M, N, K, e); });
}

template <class Real>
void check_forms(sizes s) {
    check_rungs<Real, false, false>(s);
    check_rungs<Real, false, true>(s);
    check_rungs<Real, true, false>(s);
}

// Everything that layers ask for, with `Real` numbers of this device: one after the other in one vector.
template <class Real>
std::vector<Real> layers_on_device(sizes s, into how) {
    const std::size_t rows = s.M, in = s.K, out = s.N;
    const auto number = [](std::size_t n, unsigned seed) {
        return test::to_device(test::device_numbers<Real>(n, seed));
    };
    const auto x = number(rows * in, 1), weight = number(in * out, 2), bias = number(out, 3),
               dy = number(rows * out, 4);
    const auto pre_in = number(rows * in, 5);
    const auto dweight = number(in * out, 6), dbias = number(out, 7),
               dwte = number(in * out, 8);   // backward adds to these
    std::vector<Real> all;
    const auto keep = [&](const device_buffer<Real>& there, std::size_t n) {
        const auto here = test::to_host(there, n);
        all.insert(all.end(), here.begin(), here.end());
    };
    const auto y = test::unwritten<Real>(rows * out), dx = test::unwritten<Real>(rows * in);
    linear_forward(gpu{}, x.data(), weight.data(), bias.data(), y.data(), rows, in, out);
    linear_backward_input(gpu{}, dy.data(), weight.data(), dx.data(), rows, in, out);
    linear_backward_weight(gpu{}, dy.data(), x.data(), dweight.data(), dbias.data(), rows, in, out, how);
    keep(y, rows * out), keep(dx, rows * in), keep(dweight, in * out), keep(dbias, out);

    const auto pre = test::unwritten<Real>(rows * out), post = test::unwritten<Real>(rows * out);
    const auto dpre = test::unwritten<Real>(rows * in);
    linear_gelu_forward(gpu{}, x.data(), weight.data(), bias.data(), pre.data(), post.data(), rows, in, out);
    linear_gelu_backward_input(gpu{}, dy.data(), weight.data(), pre_in.data(), dpre.data(), rows, in, out);
    keep(pre, rows * out), keep(post, rows * out), keep(dpre, rows * in);

    const auto logits = test::unwritten<Real>(rows * logits_stride(in)), drow = test::unwritten<Real>(rows * out);
    const auto dlogits = test::logits_to_device(test::to_host(x, rows * in), rows, in);              // V = in, C = out
    unembedding_forward(gpu{}, dy.data(), weight.data(), logits.data(), rows, out, in);
    unembedding_backward_input(gpu{}, dlogits.data(), weight.data(), drow.data(), rows, out, in);
    unembedding_backward_weight(gpu{}, dlogits.data(), dy.data(), dwte.data(), rows, out, in, how);
    const auto close = test::logits_to_host(logits, rows, in);
    all.insert(all.end(), close.begin(), close.end());
    keep(drow, rows * out), keep(dwte, in * out);
    return all;
}

// The same by the plain loops of `cpu`, in double, from the very numbers that the device gets.
template <class Real>
std::vector<double> layers_in_double(sizes s, into how) {
    const std::size_t rows = s.M, in = s.K, out = s.N;
    const auto number = [](std::size_t n, unsigned seed) {
        return test::in_double(test::device_numbers<Real>(n, seed));
    };
    const auto x = number(rows * in, 1), weight = number(in * out, 2), bias = number(out, 3),
               dy = number(rows * out, 4);
    const auto pre_in = number(rows * in, 5);
    auto dweight = number(in * out, 6), dbias = number(out, 7), dwte = number(in * out, 8);
    std::vector<double> y(rows * out), dx(rows * in), pre(y), post(y), dpre(dx), logits(dx), drow(y), all;
    linear_forward(cpu{}, x.data(), weight.data(), bias.data(), y.data(), rows, in, out);
    linear_backward_input(cpu{}, dy.data(), weight.data(), dx.data(), rows, in, out);
    linear_backward_weight(cpu{}, dy.data(), x.data(), dweight.data(), dbias.data(), rows, in, out, how);
    linear_gelu_forward(cpu{}, x.data(), weight.data(), bias.data(), pre.data(), post.data(), rows, in, out);
    linear_gelu_backward_input(cpu{}, dy.data(), weight.data(), pre_in.data(), dpre.data(), rows, in, out);
    unembedding_forward(cpu{}, dy.data(), weight.data(), logits.data(), rows, out, in);
    unembedding_backward_input(cpu{}, x.data(), weight.data(), drow.data(), rows, out, in);
    unembedding_backward_weight(cpu{}, x.data(), dy.data(), dwte.data(), rows, out, in, how);
    for (const auto* part : {&y, &dx, &dweight, &dbias, &pre, &post, &dpre, &logits, &drow, &dwte})
        all.insert(all.end(), part->begin(), part->end());
    return all;
}

}  // namespace

TEST_CASE("matmul: every rung gives the product, however its operands lie, the same bits under every schedule") {
    for (const sizes s : {sizes{1, 1, 1}, sizes{17, 33, 20}, sizes{70, 65, 40}}) check_forms<float>(s);
    check_forms<double>({9, 20, 15});
    for (const sizes s : {sizes{17, 33, 20}, sizes{24, 16, 48}, sizes{136, 152, 40}}) check_forms<bf16>(s);
}

TEST_CASE("matmul: an empty sum is zero") {
    const auto c = test::unwritten<float>(6);
    const float* const nothing = nullptr;
    matmul(gpu{}, rows_of(nothing, 0), rows_of(nothing, 3), 2, 3, 0,
           epilogue<float, finish::write>{.c = c.data(), .stride = 3});
    CHECK(test::to_host(c, 6) == std::vector<float>(6));
}

TEST_CASE_TEMPLATE("linear, linear_gelu, unembedding: as cpu's in double, both ways", Real, float, double, bf16) {
    for (const sizes s : {sizes{1, 1, 1}, sizes{19, 40, 24}, sizes{33, 17, 70}})
        for (const into how : {into::add, into::write}) {
            CAPTURE(s.M);
            CAPTURE(s.N);
            CAPTURE(s.K);
            const auto got = test::under_every_schedule([&] { return layers_on_device<Real>(s, how); });
            CHECK(test::relative_error(got, layers_in_double<Real>(s, how)) < test::tolerance<Real>);
        }
}

TEST_CASE_TEMPLATE("column sums: few rows, many rows, none; added or written", Real, float, bf16) {
    for (const std::size_t rows : {0, 1, 63, 300})
        for (const std::size_t columns : {5, 264}) {
            CAPTURE(rows);
            CAPTURE(columns);
            const auto X = test::device_numbers<Real>(rows * columns, 1),
                       before = test::device_numbers<Real>(columns, 2);
            auto added = test::in_double(before), written = std::vector<double>(columns);
            for (std::size_t i = 0; i < X.size(); ++i) {
                added[i % columns] += static_cast<double>(X[i]);
                written[i % columns] += static_cast<double>(X[i]);
            }
            const auto x = test::to_device(X);
            const auto sums = [&](into how) {
                return test::under_every_schedule([&] {
                    const auto y = test::to_device(before);
                    column_sums(gpu{}, x.data(), y.data(), rows, columns, how);
                    return test::to_host(y, columns);
                });
            };
            CHECK(test::relative_error(sums(into::add), added) < test::tolerance<Real>);
            CHECK(test::relative_error(sums(into::write), written) < test::tolerance<Real>);
        }
}
