// simd has every kernel for itself, and allocates nothing once its working memory has grown.
#include "../allocations.hpp"
#include "support.hpp"

#include <stepgpt/kernel/attention.hpp>
#include <stepgpt/kernel/attention_kept.hpp>
#include <stepgpt/kernel/cross_entropy.hpp>
#include <stepgpt/kernel/dropout.hpp>
#include <stepgpt/kernel/embedding.hpp>
#include <stepgpt/kernel/gelu.hpp>
#include <stepgpt/kernel/layer_norm.hpp>
#include <stepgpt/kernel/linear.hpp>
#include <stepgpt/kernel/linear_gelu.hpp>
#include <stepgpt/kernel/optimizer.hpp>
#include <stepgpt/kernel/residual.hpp>
#include <stepgpt/kernel/scale.hpp>
#include <stepgpt/kernel/unembedding.hpp>

using namespace stepgpt;

namespace {

// Every kernel, called as a layer calls it.
template <class Device, class Real>
concept every_kernel = requires(Device device, const Real* x, Real* y, const token* ids, const dropout_mask& mask,
                               const token_place* places, std::size_t n) {
    adamw_update(device, x, y, y, y, adamw_step{}, n);
    attention_backward(device, x, x, x, x, y, mask, n, n, n, n);
    attention_forward(device, x, y, y, mask, n, n, n, n);
    attention_memory(device, n);
    attention_over_kept(device, x, places, x, x, y, y, n, n, n, n);
    cross_entropy_backward(device, x, x, ids, y, Real(1), n, n);
    cross_entropy_forward(device, x, ids, y, y, n, n);
    dropout_apply(device, x, y, mask, n);
    embedding_backward(device, ids, x, y, y, n, n, n);
    embedding_forward(device, ids, x, x, y, n, n, n);
    gelu_backward(device, x, x, y, n);
    gelu_forward(device, x, y, n);
    keep_keys_and_values(device, x, places, y, y, n, n, n);
    layer_norm_backward(device, x, x, x, x, x, y, y, y, n, n);
    layer_norm_forward(device, x, x, x, y, y, y, n, n);
    linear_backward_input(device, x, x, y, n, n, n);
    linear_backward_weight(device, x, x, y, y, n, n, n);
    linear_forward(device, x, x, x, y, n, n, n);
    linear_gelu_backward_input(device, x, x, x, y, n, n, n);
    linear_gelu_forward(device, x, x, x, y, y, n, n, n);
    residual_forward(device, x, x, y, n);
    scale_in_place(device, y, 0.5, n);
    sgd_update(device, x, y, y, sgd_step{}, n);
    sum_of_squares(device, x, n);
    unembedding_backward_input(device, x, x, y, n, n, n);
    unembedding_backward_weight(device, x, x, y, n, n, n);
    unembedding_forward(device, x, x, y, n, n, n);
};

[[maybe_unused]] void plain_only(cpu, const float*) {}

template <class Device>
concept has_plain_only = requires(Device device, const float* x) { plain_only(device, x); };

}  // namespace

TEST_CASE("simd: no kernel lands quietly in the plain loop") {
    static_assert(every_kernel<cpu, float> && every_kernel<cpu, double>);
    static_assert(every_kernel<test::simd_only, float> && every_kernel<test::simd_only, double>);
    static_assert(has_plain_only<simd> && !has_plain_only<test::simd_only>, "the probe sees a kernel that is missing");
}

TEST_CASE_TEMPLATE("simd: once the working memory has grown, no kernel allocates", Real, float, double) {
    const std::size_t B = 2, T = 50, H = 2, C = 20, V = 70, rows = B * T, largest = rows * V;
    std::vector<Real> x(largest, Real(0.5)), y(largest), w(largest, Real(0.5)), d(largest), att(B * H * T), mean(rows), rstd(rows);
    const std::vector<token> ids(rows, 3);
    const dropout_mask mask{.p = 0.1};
    const auto step = [&] {
        embedding_forward(simd{}, ids.data(), w.data(), w.data(), y.data(), B, T, C);
        embedding_backward(simd{}, ids.data(), x.data(), d.data(), d.data(), B, T, C);
        layer_norm_forward(simd{}, x.data(), w.data(), w.data(), y.data(), mean.data(), rstd.data(), rows, C);
        layer_norm_backward(simd{}, x.data(), x.data(), w.data(), mean.data(), rstd.data(), y.data(), d.data(), d.data(), rows, C);
        linear_forward(simd{}, x.data(), w.data(), w.data(), y.data(), rows, C, 3 * C);
        linear_backward_input(simd{}, x.data(), w.data(), y.data(), rows, C, 3 * C);
        linear_backward_weight(simd{}, x.data(), x.data(), d.data(), y.data(), rows, C, 3 * C);
        attention_forward(simd{}, x.data(), y.data(), att.data(), mask, B, T, C, H);
        attention_backward(simd{}, x.data(), x.data(), y.data(), att.data(), d.data(), mask, B, T, C, H);
        dropout_apply(simd{}, x.data(), y.data(), mask, largest);
        gelu_forward(simd{}, x.data(), y.data(), largest);
        gelu_backward(simd{}, x.data(), x.data(), y.data(), largest);
        residual_forward(simd{}, x.data(), x.data(), y.data(), largest);
        unembedding_forward(simd{}, x.data(), w.data(), y.data(), rows, C, V);
        unembedding_backward_input(simd{}, x.data(), w.data(), y.data(), rows, C, V);
        unembedding_backward_weight(simd{}, x.data(), x.data(), d.data(), rows, C, V);
        cross_entropy_forward(simd{}, x.data(), ids.data(), mean.data(), rstd.data(), rows, V);
        cross_entropy_backward(simd{}, x.data(), rstd.data(), ids.data(), y.data(), Real(1), rows, V);
        adamw_update(simd{}, x.data(), y.data(), w.data(), d.data(), adamw_step{}, largest);
        sgd_update(simd{}, x.data(), y.data(), w.data(), sgd_step{}, largest);
        sum_of_squares(simd{}, x.data(), largest);
    };
    const int before = thread_count();
    set_thread_count(2);
    step();
    const std::size_t first = test::allocations();
    CHECK(first > 0);                                    // the counter counts
    step();
    step();
    CHECK(test::allocations() == first);
    set_thread_count(before);
}
