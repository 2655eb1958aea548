// Every kernel of a training step on a GPU, against what the card can do: GB/s of the copy measured here, or TFLOP/s of
// the best product measured here. Shapes are GPT-2's (C 768, H 12, T 1024, V 50257) with 64 sequences, in bf16: tensors of
// 100 MB, so that no cache holds what the kernel before left. Wants 24 GB.
//
// Bytes: each input once, each output once. Operations: two a multiplication and addition; causal attention counts half
// of the square, two products forward and five back. Exit code 77: there is no GPU here.
#include "../../gpu/gpu_or_exit.cuh"
#include "measure.cuh"

#include <cstring>

#include <stepgpt/kernel/attention.cuh>
#include <stepgpt/kernel/classifier.cuh>
#include <stepgpt/kernel/cross_entropy.cuh>
#include <stepgpt/kernel/element_wise.cuh>
#include <stepgpt/kernel/embedding.cuh>
#include <stepgpt/kernel/layer_norm.cuh>
#include <stepgpt/kernel/linear.cuh>
#include <stepgpt/kernel/linear_gelu.cuh>
#include <stepgpt/kernel/optimizer.cuh>
#include <stepgpt/kernel/unembedding.cuh>

using namespace stepgpt;
using benchmarks::random_numbers_on_device;
using benchmarks::seconds_of;

namespace {

constexpr std::size_t B = 64, T = 1024, C = 768, H = 12, V = 50257, rows = B * T;

benchmarks::table ceilings() {
    benchmarks::table result;
    {
        const std::size_t n = std::size_t{1} << 30;
        const auto from = random_numbers_on_device<unsigned char>(n);
        const device_buffer<unsigned char> to(n);
        result.copy =
            2.0 * static_cast<double>(n) / seconds_of([&] { copy_on_device(gpu{}, from.data(), to.data(), n); });
    }
    const std::size_t n = 8192;
    const auto a = random_numbers_on_device<bf16>(n * n), b = random_numbers_on_device<bf16>(n * n);
    const device_buffer<bf16> c(n * n);
    const double seconds = seconds_of([&] {
        matmul(gpu{}, rows_of(a.data(), n), rows_of(b.data(), n), n, n, n,
               epilogue<bf16, finish::write>{.c = c.data(), .stride = n});
    });
    result.product = 2.0 * 8192.0 * 8192 * 8192 / seconds;
    return result;
}

// The three products of a layer, by cuBLASLt and by our own kernel.
void products(benchmarks::table& t, const std::string& name, std::size_t in, std::size_t out) {
    const auto x = random_numbers_on_device<bf16>(rows * in), w = random_numbers_on_device<bf16>(in * out);
    const auto dy = random_numbers_on_device<bf16>(rows * out);
    const device_buffer<bf16> y(rows * out), dx(rows * in), dw(in * out);
    const double operations = 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
    const auto both = [&](const std::string& form, auto A, auto B, std::size_t M, std::size_t N, std::size_t K,
                          bf16* c) {
        const epilogue<bf16, finish::write> end{.c = c, .stride = N};
        t.computes(name + form + ", cuBLASLt", operations, seconds_of([&] { matmul(gpu{}, A, B, M, N, K, end); }));
        t.computes(name + form + ", by hand", operations,
                   seconds_of([&] { matmul_by_hand(gpu{}, A, B, M, N, K, end); }));
    };
    both(" y", rows_of(x.data(), in), rows_of(w.data(), out), rows, out, in, y.data());
    both(" dx", rows_of(dy.data(), out), rows_of(w.data(), out).transposed(), rows, in, out, dx.data());
    both(" dW", rows_of(x.data(), in).transposed(), rows_of(dy.data(), out), in, out, rows, dw.data());
}

void gates(benchmarks::table& t) {
    const std::size_t in = C, out = 4 * C;
    const auto x = random_numbers_on_device<bf16>(rows * in), w = random_numbers_on_device<bf16>(in * out);
    const auto bias = random_numbers_on_device<bf16>(out), dy = random_numbers_on_device<bf16>(rows * in);
    const auto pre = random_numbers_on_device<bf16>(rows * out);
    const device_buffer<bf16> post(rows * out), dpre(rows * out);
    const double operations = 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
    t.computes("linear, bias and GELU", operations, seconds_of([&] {
        linear_gelu_forward(gpu{}, x.data(), w.data(), bias.data(), pre.data(), post.data(), rows, in, out);
    }));
    t.computes("back through linear and GELU", operations, seconds_of([&] {   // dy (rows,C) of c_proj, weight (4C,C)
        linear_gelu_backward_input(gpu{}, dy.data(), w.data(), pre.data(), dpre.data(), rows, out, in);
    }));
}

template <class Real>
void attentions(benchmarks::table& t, const std::string& name, double p) {
    const auto qkv = random_numbers_on_device<Real>(rows * 3 * C), dz = random_numbers_on_device<Real>(rows * C);
    const device_buffer<Real> z(rows * C), dqkv(rows * 3 * C);
    const device_buffer<accumulator<Real>> att(B * H * T);
    const dropout_mask mask{p, {1, stream::dropout, 1}};
    const double product = 2.0 * static_cast<double>(B) * T * T / 2 * C;   // one of them, causal
    const double forward =
        seconds_of([&] { attention_forward(gpu{}, qkv.data(), z.data(), att.data(), mask, B, T, C, H); });
    const double back = seconds_of([&] {
        attention_backward(gpu{}, dz.data(), qkv.data(), z.data(), att.data(), dqkv.data(), mask, B, T, C, H);
    });
    t.computes(name + " forward", 2 * product, forward);
    t.computes(name + " backward", 5 * product, back);
    t.computes(name + " both", 7 * product, forward + back);
}

void memory_bound(benchmarks::table& t) {
    const double number = sizeof(bf16), n = static_cast<double>(rows) * C;
    const auto x = random_numbers_on_device<bf16>(rows * C), b = random_numbers_on_device<bf16>(rows * C);
    const auto weight = random_numbers_on_device<bf16>(C), bias = random_numbers_on_device<bf16>(C);
    const device_buffer<bf16> y(rows * C), sum(rows * C), dweight(C), dbias(C);
    const device_buffer<float> mean(rows), rstd(rows);
    t.moves("residual and layer norm", 4 * n * number, seconds_of([&] {
                residual_layer_norm_forward(gpu{}, x.data(), b.data(), sum.data(), weight.data(), bias.data(), y.data(),
                                            mean.data(), rstd.data(), rows, C);
            }));
    t.moves("layer norm", 2 * n * number, seconds_of([&] {
        layer_norm_forward(gpu{}, x.data(), weight.data(), bias.data(), y.data(), mean.data(), rstd.data(), rows, C);
    }));
    t.moves("back through layer norm", 3 * n * number, seconds_of([&] {
                layer_norm_backward(gpu{}, b.data(), x.data(), weight.data(), mean.data(), rstd.data(), y.data(),
                                    dweight.data(), dbias.data(), rows, C);
            }));
    t.moves("back through layer norm, and past it", 4 * n * number, seconds_of([&] {
                residual_layer_norm_backward<bf16>(gpu{}, b.data(), x.data(), weight.data(), mean.data(), rstd.data(), y.data(),
                                                   nullptr, sum.data(), dweight.data(), dbias.data(), rows, C);
            }));
    t.moves("residual", 3 * n * number,
            seconds_of([&] { residual_forward(gpu{}, x.data(), b.data(), y.data(), rows * C); }));
    t.moves("GELU", 2 * n * number, seconds_of([&] { gelu_forward(gpu{}, x.data(), y.data(), rows * C); }));
    t.moves("back through GELU", 3 * n * number,
            seconds_of([&] { gelu_backward(gpu{}, b.data(), x.data(), y.data(), rows * C); }));
    const dropout_mask mask{0.1, {1, stream::dropout, 1}};
    t.moves("dropout", 2 * n * number, seconds_of([&] { dropout_apply(gpu{}, x.data(), y.data(), mask, rows * C); }));
    const auto wide = random_numbers_on_device<bf16>(rows * 4 * C);
    const device_buffer<bf16> sums(4 * C);
    t.moves("column sums, 4C wide", 4 * n * number, seconds_of([&] {
        column_sums(gpu{}, wide.data(), sums.data(), rows, 4 * C, into::write);
    }));

    std::vector<std::int32_t> tokens(rows);
    const random_numbers draw(1, stream::test);
    for (std::size_t i = 0; i < rows; ++i) tokens[i] = static_cast<std::int32_t>(draw.below(V, i));
    const device_buffer<std::int32_t> ids(rows);
    to_device(gpu{}, tokens.data(), ids.data(), rows);
    const auto wte = random_numbers_on_device<bf16>(V * C), wpe = random_numbers_on_device<bf16>(T * C);
    const device_buffer<bf16> dwte(V * C), dwpe(T * C);
    t.moves("embedding", 2 * n * number, seconds_of([&] {
        embedding_forward(gpu{}, ids.data(), wte.data(), wpe.data(), y.data(), B, T, C);
    }));
    t.moves("back through embedding", 3 * n * number, seconds_of([&] {
        embedding_backward(gpu{}, ids.data(), x.data(), dwte.data(), dwpe.data(), B, T, C);
    }));

    const auto logits = random_numbers_on_device<bf16>(rows * logits_stride(V));
    const device_buffer<float> losses(rows), log_sum(rows), dloss(1);
    set_to_zero(gpu{}, dloss.data(), 1);
    const double scores = static_cast<double>(rows) * V;
    t.moves("cross-entropy", scores * number, seconds_of([&] {
        cross_entropy_forward(gpu{}, logits.data(), ids.data(), losses.data(), log_sum.data(), rows, V);
    }));
    t.moves("back through cross-entropy", 2 * scores * number, seconds_of([&] {
        cross_entropy_backward(gpu{}, logits.data(), log_sum.data(), ids.data(), logits.data(), 1.0f / rows, rows, V);
    }));

    t.moves("loss and its gradient, in place", 2 * scores * number, seconds_of([&] {
        cross_entropy_in_place(gpu{}, logits.data(), ids.data(), losses.data(), dloss.data(), rows, V);
    }));

    const std::size_t weights =
        std::size_t{124} * 1000 * 1000;   // GPT-2's, as one: 2 + 2 + 3 x 4 bytes in, 2 + 3 x 4 out
    const auto grad = random_numbers_on_device<bf16>(weights), value = random_numbers_on_device<bf16>(weights);
    const auto master = random_numbers_on_device<float>(weights);
    const device_buffer<float> m(weights), v(weights);
    set_to_zero(gpu{}, m.data(), weights);
    set_to_zero(gpu{}, v.data(), weights);
    const optimized<bf16> one{grad.data(), value.data(), master.data(), m.data(), v.data(), weights, true, 0};
    adamw_step step{};
    step.lr = 1e-3, step.beta1 = 0.9, step.beta2 = 0.99, step.correction1 = 0.1, step.correction2 = 0.01,
    step.eps = 1e-8;
    t.moves("length of the gradient", 2.0 * static_cast<double>(weights), seconds_of([&] {
        sum_of_squares_all(gpu{}, std::span<const optimized<bf16>>(&one, 1));
    }));
    const optimized<bf16> summed{.grad = grad.data(), .size = weights, .sum = m.data()};
    const weight_table<bf16> table(std::span<const optimized<bf16>>(&summed, 1));
    device_buffer<batch_numbers<float>> batch(1);
    const batch_numbers<float> second{.first = 0};
    to_device(gpu{}, &second, batch.data(), 1);
    t.moves("gradients of another batch", 10.0 * static_cast<double>(weights), seconds_of([&] {
        add_gradients<bf16>(gpu{}, table, batch.data());
    }));
    set_to_zero(gpu{}, m.data(), weights);
    t.moves("AdamW", 28.0 * static_cast<double>(weights), seconds_of([&] {
        adamw_update_all(gpu{}, std::span<const optimized<bf16>>(&one, 1), step, 1);
    }));
}

}  // namespace

int main() {
    gpu_or_exit();
    try {
        cudaDeviceProp device{};
        cuda_check(cudaGetDeviceProperties(&device, 0), "cudaGetDeviceProperties");
        benchmarks::table t = ceilings();
        t.heading(device.name);
        memory_bound(t);
        t.verdict();
        products(t, "qkv", C, 3 * C);
        products(t, "proj", C, C);
        products(t, "up", C, 4 * C);
        products(t, "down", 4 * C, C);
        products(t, "head", C, V);
        gates(t);
        attentions<bf16>(t, "attention", 0);
        attentions<bf16>(t, "attention, dropout 0.2,", 0.2);
        attentions<float>(t, "attention, float,", 0);
        device_wait();
    } catch (const std::exception& e) {
        std::printf("FAILED: %s\n", e.what());
        return 1;
    }
    return 0;
}
