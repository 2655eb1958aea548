// A matrix product against the same sums in double: in every transposition, written and added.
#pragma once

#include "support.hpp"

#include <stepgpt/kernel/matmul.hpp>

namespace test {

// C is part of a wider matrix whose margin must not change. The error of a sum of K products is at most K + 2 roundings of
// sum |a||b| (Higham 2002, section 3.1; the 2: old C, and the sum of blocks); `times` that if each term is rounded more often.
// `factor` is what the product makes of an element of A or B before it multiplies.
template <class Real, class Factor>
void check_product(std::size_t M, std::size_t N, std::size_t K, double times, Factor factor) {
    using namespace stepgpt;
    const std::size_t c_row = N + 3;
    const auto a = numbers<Real>(M * K, 1), b = numbers<Real>(K * N, 2), start = numbers<Real>(M * c_row, 3);
    for (const bool a_transposed : {false, true})
        for (const bool b_transposed : {false, true})
            for (const into how : {into::write, into::add}) {
                CAPTURE(M); CAPTURE(N); CAPTURE(K); CAPTURE(a_transposed); CAPTURE(b_transposed);
                const auto A = a_transposed ? matrix(a.data(), M).transposed() : matrix(a.data(), K);
                const auto B = b_transposed ? matrix(b.data(), K).transposed() : matrix(b.data(), N);
                const auto c = on_any_threads([&] {
                    auto result = start;
                    for (std::size_t i = 0; i < M && how == into::write; ++i)   // what is overwritten must not be read
                        for (std::size_t j = 0; j < N; ++j) result[i * c_row + j] = NAN;
                    matmul(simd{}, A, B, result.data(), c_row, M, N, K, how);
                    return result;
                });
                double worst = 0;
                bool margin = true;
                for (std::size_t i = 0; i < M; ++i) {
                    for (std::size_t j = 0; j < N; ++j) {
                        double sum = how == into::add ? static_cast<double>(start[i * c_row + j]) : 0, size = std::abs(sum);
                        for (std::size_t k = 0; k < K; ++k) {
                            const double product = static_cast<double>(factor(*A.at(i, k))) * static_cast<double>(factor(*B.at(k, j)));
                            sum += product;
                            size += std::abs(product);
                        }
                        const double error = std::abs(static_cast<double>(c[i * c_row + j]) - sum);
                        const double ratio = error == 0 ? 0 : error / (size * roundoff<Real>);
                        if (!(ratio <= worst)) worst = ratio;
                    }
                    for (std::size_t j = N; j < c_row; ++j) margin = margin && c[i * c_row + j] == start[i * c_row + j];
                }
                CHECK(worst <= times * static_cast<double>(K + 2));
                CHECK(margin);
            }
}

// Factors as they are; in double the reference rounds as well.
template <class Real>
void check_product(std::size_t M, std::size_t N, std::size_t K) {
    check_product<Real>(M, N, K, sizeof(Real) == 8 ? 2 : 1, [](Real x) { return x; });
}

}  // namespace test
