// Products whose factors are rounded to bf16 are the same as rounding first and multiplying exactly.
#include "matmul_support.hpp"

#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/kernel/linear_gelu.hpp>

using namespace stepgpt;

namespace {

// Until the end of the block.
struct with_bf16_products {
    with_bf16_products() { use_bf16_products(true); }
    ~with_bf16_products() { use_bf16_products(false); }
};

std::vector<float> rounded(std::vector<float> x) {
    for (float& value : x) value = bf16(value);
    return x;
}

// A product of two bf16 is exact in float, but a pair's two are added before they meet the sum.
void check_product(std::size_t M, std::size_t N, std::size_t K) {
    test::check_product<float>(M, N, K, 2, [](float x) { return static_cast<float>(bf16(x)); });
}

}  // namespace

TEST_CASE("pairs of bf16: two numbers a word, rounded to nearest with ties to even") {
    CHECK(pair_of(1.0f, -2.0f) == 0xc0003f80u);
    CHECK(pair_of(1.00390625f, 1.01171875f) == 0x3f823f80u);        // halfway between two: down to 1, up to 1.015625

    const auto x = test::numbers<float>(2 * lanes<float>, 1);
    alignas(64) bf16_pair both[lanes<float>], neighbours[lanes<float>];
    pairs_of(batch<float>::load_unaligned(x.data()), batch<float>::load_unaligned(x.data() + lanes<float>)).store_aligned(both);
    pairs_of_neighbours(x.data()).store_aligned(neighbours);
    for (std::size_t i = 0; i < lanes<float>; ++i) {
        CHECK(both[i] == pair_of(x[i], x[lanes<float> + i]));
        CHECK(neighbours[i] == pair_of(x[2 * i], x[2 * i + 1]));
    }
    const batch<float> sum = add_products(bf16_pairs(pair_of(2, 3)), bf16_pairs(pair_of(10, 100)), batch<float>(0.5f));
    CHECK(max_of_lanes(sum) == 320.5f);
}

TEST_CASE("bf16 products: every shape, every transposition, the same bits on any number of threads") {
    const with_bf16_products here;
    for (const std::size_t M : {1, 5, 6, 7, 64})
        for (const std::size_t N : {1, 15, 16, 63, 65, 130})
            for (const std::size_t K : {0, 1, 3, 4, 33, 64}) check_product(M, N, K);
    check_product(203, 33, 17);     // more than one block of rows,
    check_product(13, 1650, 9);     // of columns
    check_product(9, 70, 801);      // and of k
}

TEST_CASE("bf16 products: a linear layer and its gate, forward and back") {
    for (const std::size_t rows : {5, 50}) {
        const std::size_t in = 40, out = 66;
        const auto x = test::numbers<float>(rows * in, 1), w = test::numbers<float>(in * out, 2), bias = test::numbers<float>(out, 3);
        const auto dy = test::numbers<float>(rows * out, 4);
        const auto forward = [&](auto device, const auto& x, const auto& w) {
            auto y = test::nans<float>(2 * rows * out);
            linear_gelu_forward(device, x.data(), w.data(), bias.data(), y.data(), y.data() + rows * out, rows, in, out);
            return y;
        };
        const auto backward = [&](auto device, const auto& x, const auto& dy) {     // of the weights, and of the bias
            auto d = test::nans<float>(in * out + out);
            linear_backward_weight(device, dy.data(), x.data(), d.data(), d.data() + in * out, rows, in, out, into::write);
            return d;
        };
        const auto expected_forward = forward(cpu{}, rounded(x), rounded(w));
        auto expected_backward = backward(cpu{}, rounded(x), rounded(dy));
        const auto biases = backward(cpu{}, x, dy);                                 // sums of dy, which nothing rounds
        std::copy(biases.begin() + in * out, biases.end(), expected_backward.begin() + in * out);
        const with_bf16_products here;
        const double bound = 2 * 1.2 * 68 * 68 * test::roundoff<float>;
        CHECK(test::distance(expected_forward, test::on_any_threads([&] { return forward(simd{}, x, w); })) <= bound);
        CHECK(test::distance(expected_backward, test::on_any_threads([&] { return backward(simd{}, x, dy); })) <= bound);
    }
}

TEST_CASE("bf16 products: doubles are not rounded") {
    const std::vector<double> a = {1.0 / 3}, b = {3};
    double c = 0;
    const with_bf16_products here;
    matmul(simd{}, matrix(a.data(), 1), matrix(b.data(), 1), &c, 1, 1, 1, 1);
    CHECK(c == 1);
}
