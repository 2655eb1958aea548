// Every kernel of the library, float and bf16, in one file: nvcc compiles it where there is no GPU to run it (.ci/run),
// so that a kernel which only the simulator's compiler accepts is found at once. It has no main and is not linked.
#include <cstdint>
#include <span>

#include <stepgpt/kernel/attention.cuh>
#include <stepgpt/kernel/attention_kept.cuh>
#include <stepgpt/kernel/classifier.cuh>
#include <stepgpt/kernel/cross_entropy.cuh>
#include <stepgpt/kernel/element_wise.cuh>
#include <stepgpt/kernel/embedding.cuh>
#include <stepgpt/kernel/layer_norm.cuh>
#include <stepgpt/kernel/linear.cuh>
#include <stepgpt/kernel/linear_gelu.cuh>
#include <stepgpt/kernel/low_rank.cuh>
#include <stepgpt/kernel/optimizer.cuh>
#include <stepgpt/kernel/sample.cuh>
#include <stepgpt/kernel/unembedding.cuh>

using namespace stepgpt;

template <class Real>
void every_kernel(Real* x, accumulator<Real>* sums, const std::int32_t* ids, std::size_t n) {
    const dropout_mask mask;
    attention_forward(gpu{}, x, x, sums, mask, n, n, n, n);
    attention_backward(gpu{}, x, x, x, sums, x, mask, n, n, n, n);
    launch(attention_naive_forward<Real>, 1, 1, 0, x, x, sums, attention_shape{}, dropout_factor(mask), 1);
    linear_forward(gpu{}, x, x, x, x, n, n, n);
    linear_backward_input(gpu{}, x, x, x, n, n, n);
    linear_backward_weight(gpu{}, x, x, x, x, n, n, n);
    linear_gelu_forward(gpu{}, x, x, x, x, x, n, n, n);
    linear_gelu_backward_input(gpu{}, x, x, x, x, n, n, n);
    unembedding_forward(gpu{}, x, x, x, n, n, n);
    unembedding_backward_input(gpu{}, x, x, x, n, n, n);
    unembedding_backward_weight(gpu{}, x, x, x, n, n, n);
    low_rank_forward(gpu{}, x, x, x, n, n, n);
    low_rank_backward_input(gpu{}, x, x, x, n, n, n);
    low_rank_backward_weight(gpu{}, x, x, x, n, n, n);
    using end = epilogue<Real, finish::write>;
    launch(matmul_naive<Real, end>, 1, 1, 0, rows_of(x, n), rows_of(x, n), 1, 1, 1, end{});
    launch(matmul_tiled<Real, 16, end>, 1, dim3(16, 16), 0, rows_of(x, n), rows_of(x, n), 1, 1, 1, end{});

    embedding_forward(gpu{}, ids, x, x, x, n, n, n);
    embedding_backward(gpu{}, ids, x, x, x, n, n, n);
    residual_layer_norm_forward(gpu{}, x, x, x, x, x, x, sums, sums, n, n);
    layer_norm_forward(gpu{}, x, x, x, x, sums, sums, n, n);
    layer_norm_backward(gpu{}, x, x, x, sums, sums, x, x, x, n, n);
    gelu_forward(gpu{}, x, x, n);
    gelu_backward(gpu{}, x, x, x, n);
    residual_forward(gpu{}, x, x, x, n);
    dropout_apply(gpu{}, x, x, mask, n);
    cross_entropy_forward(gpu{}, x, ids, sums, sums, n, n);
    cross_entropy_backward(gpu{}, x, sums, ids, x, accumulator<Real>(1), n, n);
    cross_entropy_in_place(gpu{}, x, ids, sums, sums, n, n);
    residual_layer_norm_backward(gpu{}, x, x, x, sums, sums, x, x, x, x, x, n, n);
    embedding_at_places(gpu{}, ids, static_cast<const token_place*>(nullptr), x, x, x, n, n);
    keep_keys_and_values(gpu{}, x, static_cast<const token_place*>(nullptr), x, x, n, n, n);
    attention_over_kept(gpu{}, x, static_cast<const token_place*>(nullptr), x, x, sums, x, n, n, n, n);
    launch(choose_tokens<Real>, 1, choice_threads, 0, x, nullptr, nullptr, choice_rules{}, true, nullptr, nullptr, 1);
    launch(mark_seen<std::uint8_t>, 1, 1, 0, ids, nullptr, 1);
    const std::span<const optimized<Real>> weights;
    adamw_update_all(gpu{}, weights, adamw_step{}, 1);
    sgd_update_all(gpu{}, weights, sgd_step{}, 1);
    sum_of_squares_all(gpu{}, weights);
    using Sum = accumulator<Real>;
    launch(note_losses<Sum>, 1, 32, 0, sums, n, nullptr, nullptr);
    note_gradient_norm<Real>(gpu{}, chunk_table<Real>{}, nullptr);
    scale_in_place(gpu{}, x, 0.5, n);
    sum_of(gpu{}, sums, n);
    launch(layer_norm_naive_forward<Real>, 1, 1, 0, x, x, x, x, sums, sums, 1, 1);
    launch(cross_entropy_naive_forward<Real>, 1, 1, 0, x, ids, sums, sums, 1, 1);
    launch(embedding_naive_backward<Real>, 1, 1, 0, ids, x, x, 1, 1);
    add_gradients<Real>(gpu{}, chunk_table<Real>{}, nullptr);
}

void kernels_of_bf16_alone(float* master, bf16* value, std::size_t n) { round_weights(gpu{}, master, value, n, 1, 1); }

template void every_kernel(float*, float*, const std::int32_t*, std::size_t);
template void every_kernel(bf16*, float*, const std::int32_t*, std::size_t);
