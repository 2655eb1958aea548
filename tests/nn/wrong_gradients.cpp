// Does the gradient check notice? Here is a device of its own, whose backward kernels can be wrong in many ways, one at
// a time. The check of a whole GPT must pass with none of the faults planted, and must catch each of them.
//
// `faulty` derives from cpu, so its forward pass is cpu's; the kernels below take the place of cpu's backward ones. A
// fault is a line that asks planted("..."); there is no other list of them.
#include <gradient_check.hpp>

#include <set>
#include <string>
#include <string_view>

#include <stepgpt/nn/gpt.hpp>

namespace wrong {

using stepgpt::dropout_mask, stepgpt::token;
using std::size_t;

std::set<std::string> faults;    // every one that has been asked for
std::string the_planted_one;
bool going_back = false;         // for kernels that serve both directions

bool planted(const char* fault) {
    faults.insert(fault);
    return fault == the_planted_one;
}

struct faulty : stepgpt::cpu {};

void layer_norm_backward(faulty, const double* dy, const double* x, const double* weight, const double* mean,
                         const double* rstd, double* dx, double* dweight, double* dbias, size_t rows, size_t C) {
    const bool no_gain = planted("layer_norm: gain left out of dx");
    const bool no_mean = planted("layer_norm: mean(g) forgotten");
    const bool no_product = planted("layer_norm: n mean(g n) forgotten");
    const bool sign = planted("layer_norm: n mean(g n) added");
    const bool no_rstd = planted("layer_norm: dx not multiplied by rstd");
    const bool sample = planted("layer_norm: means over C - 1");
    const bool other_row = planted("layer_norm: mean of another row");
    const bool raw = planted("layer_norm: dweight from x, not n");
    const bool gained = planted("layer_norm: gain in dbias");
    const bool set = planted("layer_norm: dweight = for +=");
    if (set) std::fill_n(dweight, C, 0.0);
    for (size_t r = 0; r < rows; ++r) {
        const double m = mean[other_row && r > 0 ? r - 1 : r], s = rstd[r];
        const auto n = [&](size_t c) { return (x[r * C + c] - m) * s; };
        const auto g = [&](size_t c) { return dy[r * C + c] * (no_gain ? 1 : weight[c]); };
        double mean_g = 0, mean_gn = 0;
        for (size_t c = 0; c < C; ++c) {
            mean_g += g(c) / static_cast<double>(sample ? C - 1 : C);
            mean_gn += g(c) * n(c) / static_cast<double>(sample ? C - 1 : C);
            dweight[c] += dy[r * C + c] * (raw ? x[r * C + c] : n(c));
            dbias[c] += gained ? g(c) : dy[r * C + c];
        }
        if (no_mean) mean_g = 0;
        if (no_product) mean_gn = 0;
        if (sign) mean_gn = -mean_gn;
        for (size_t c = 0; c < C; ++c) dx[r * C + c] = (g(c) - mean_g - n(c) * mean_gn) * (no_rstd ? 1 : s);
    }
}

void linear_backward_input(faulty, const double* dy, const double* weight, double* dx, size_t rows, size_t in,
                           size_t out) {
    const bool transposed = planted("linear: W read as [out, in]");
    const bool last = planted("linear: last output left out of dx");
    const bool add = planted("linear: dx += for =");
    for (size_t r = 0; r < rows; ++r)
        for (size_t i = 0; i < in; ++i) {
            double sum = add ? dx[r * in + i] : 0;
            for (size_t o = 0; o < (last ? out - 1 : out); ++o)
                sum += dy[r * out + o] * weight[transposed ? o * in + i : i * out + o];
            dx[r * in + i] = sum;
        }
}

void linear_backward_weight(faulty, const double* dy, const double* x, double* dweight, double* dbias, size_t rows,
                            size_t in, size_t out, stepgpt::into how) {
    if (how == stepgpt::into::write) {
        std::fill_n(dweight, in * out, 0.0);
        std::fill_n(dbias, out, 0.0);
    }
    const bool first = planted("linear: first row left out of dW");
    const bool shifted = planted("linear: dW from the row before");
    const bool no_bias = planted("linear: dbias forgotten");
    const bool mean = planted("linear: dbias a mean over rows");
    const bool scaled = planted("linear: dW a mean over rows");
    if (planted("linear: dW = for +=")) std::fill_n(dweight, in * out, 0.0);
    if (planted("linear: dbias = for +=")) std::fill_n(dbias, out, 0.0);
    const auto share = 1 / static_cast<double>(rows);
    for (size_t r = first ? 1 : 0; r < rows; ++r) {
        const double* x_row = x + (shifted && r > 0 ? r - 1 : r) * in;
        for (size_t i = 0; i < in; ++i)
            for (size_t o = 0; o < out; ++o) dweight[i * out + o] += x_row[i] * dy[r * out + o] * (scaled ? share : 1);
        for (size_t o = 0; o < out && !no_bias; ++o) dbias[o] += dy[r * out + o] * (mean ? share : 1);
    }
}

void gelu_backward(faulty, const double* dy, const double* x, double* dx, size_t n) {
    const bool tanh_slope = planted("gelu: 1 - t for 1 - t^2");
    const bool no_three = planted("gelu: the 3 of the cube forgotten");
    const bool no_cube = planted("gelu: the cube left out of du");
    const bool no_gate = planted("gelu: gate's own slope forgotten");
    const bool exact = planted("gelu: slope of x Phi(x), the exact form");
    const bool no_dy = planted("gelu: dy forgotten");
    for (size_t i = 0; i < n; ++i) {
        const double cubic = no_cube ? 0 : (no_three ? 1 : 3) * stepgpt::gelu_cubic;
        const double t = std::tanh(stepgpt::gelu_scale * (x[i] + stepgpt::gelu_cubic * x[i] * x[i] * x[i]));
        const double du = stepgpt::gelu_scale * (1 + cubic * x[i] * x[i]);
        double slope = (1 + t) / 2 + (no_gate ? 0 : x[i] / 2 * (1 - (tanh_slope ? t : t * t)) * du);
        if (exact)
            slope = 0.5 * std::erfc(-x[i] / std::sqrt(2.0)) + x[i] * std::exp(-x[i] * x[i] / 2) / std::sqrt(2 * M_PI);
        dx[i] = (no_dy ? 1 : dy[i]) * slope;
    }
}

void attention_backward(faulty, const double* dz, const double* qkv, const double*, const double* att, double* dqkv,
                        const dropout_mask& mask, size_t B, size_t T, size_t C, size_t H) {
    const bool no_scale = planted("attention: 1 / sqrt(D) forgotten");
    const bool no_sum = planted("attention: sum(att datt) forgotten");
    const bool diagonal = planted("attention: the diagonal left out");
    const bool exchanged = planted("attention: dq and dk exchanged");
    const bool no_att = planted("attention: dv without att");
    const bool set = planted("attention: dk = for +=");
    const bool head = planted("attention: dz of head 0 for all heads");
    const bool no_softmax = planted("attention: dscore without att");
    const bool no_mask_v = planted("attention: dropout left out of dv");
    const bool no_mask = planted("attention: dropout left out of datt");
    const bool other_mask = planted("attention: dropout of the next element");
    const bool v_scaled = planted("attention: dv over sqrt(D)");
    const bool batch = planted("attention: att of the first sequence");
    const bool q_for_k = planted("attention: dq from q");
    if (!planted("attention: dqkv not cleared")) std::fill_n(dqkv, B * T * 3 * C, 0.0);
    const size_t D = C / H;
    const double root = std::sqrt(static_cast<double>(D)), scale = no_scale ? 1 : 1 / root;
    for (size_t b = 0; b < B; ++b)
        for (size_t h = 0; h < H; ++h)
            for (size_t t = 0; t < T; ++t) {
                const size_t row = ((b * H + h) * T + t) * T, here = (b * T + t) * 3 * C + h * D,
                             first = b * T * 3 * C + h * D;
                const double* p = att + (batch ? (h * T + t) * T : row);
                const double* dz_row = dz + (b * T + t) * C + (head ? 0 : h * D);
                const auto kept = [&](size_t s) { return mask.factor<double>(row + s + other_mask); };
                const auto datt = [&](size_t s) {
                    double dot = 0;
                    for (size_t d = 0; d < D; ++d) dot += dz_row[d] * qkv[first + s * 3 * C + 2 * C + d];
                    return no_mask ? dot : dot * kept(s);
                };
                double sum = 0;
                for (size_t s = 0; s <= t && !no_sum; ++s) sum += p[s] * datt(s);
                for (size_t s = 0; s < (diagonal && t > 0 ? t : t + 1); ++s) {
                    const double dscore = (no_softmax ? 1 : p[s]) * (datt(s) - sum) * scale;
                    const size_t there = first + s * 3 * C;
                    for (size_t d = 0; d < D; ++d) {
                        const double q = qkv[here + d], k = qkv[there + C + d];
                        double &dq = dqkv[here + d], &dk = dqkv[there + C + d], &dv = dqkv[there + 2 * C + d];
                        dv += (no_att ? 1 : p[s]) * (no_mask_v ? 1 : kept(s)) * dz_row[d] / (v_scaled ? root : 1);
                        dq += dscore * (exchanged || q_for_k ? q : k);
                        dk = (set ? 0 : dk) + dscore * (exchanged ? k : q);
                    }
                }
            }
}

void embedding_backward(faulty, const token* ids, const double* dy, double* dwte, double* dwpe, size_t B, size_t T,
                        size_t C) {
    const bool set = planted("embedding: dwte = for += where a token repeats");
    const bool no_wpe = planted("embedding: dwpe forgotten");
    const bool next = planted("embedding: dwpe of the next position");
    const bool one = planted("embedding: dwpe of one sequence only");
    const bool no_wte = planted("embedding: dwte forgotten");
    const bool before = planted("embedding: dwte of the token before");
    for (size_t i = 0; i < B * T; ++i)
        for (size_t c = 0; c < C; ++c) {
            double& token_row = dwte[static_cast<size_t>(ids[before && i > 0 ? i - 1 : i]) * C + c];
            if (!no_wte) token_row = (set ? 0 : token_row) + dy[i * C + c];
            if (!no_wpe && (!one || i < T)) dwpe[(i % T + next) * C + c] += dy[i * C + c];
        }
}

void unembedding_backward_weight(faulty, const double* dlogits, const double* x, double* dwte, size_t rows, size_t C,
                                 size_t V, stepgpt::into how) {
    if (planted("unembedding: the head's share of dwte forgotten")) return;
    if (planted("unembedding: dwte = for +=")) std::fill_n(dwte, V * C, 0.0);
    stepgpt::unembedding_backward_weight(stepgpt::cpu{}, dlogits, x, dwte, rows, C, V, how);
}

void unembedding_backward_input(faulty, const double* dlogits, const double* wte, double* dx, size_t rows, size_t C,
                                size_t V) {
    const bool last = planted("unembedding: last token left out of dx");
    stepgpt::unembedding_backward_input(stepgpt::cpu{}, dlogits, wte, dx, rows, C, V);
    for (size_t r = 0; r < rows && last; ++r)
        for (size_t c = 0; c < C; ++c) dx[r * C + c] -= dlogits[r * V + V - 1] * wte[(V - 1) * C + c];
}

void cross_entropy_backward(faulty, const double* logits, const double* log_sum, const token* targets, double* dlogits,
                            double dloss, size_t rows, size_t V) {
    const bool no_target = planted("cross_entropy: target not subtracted");
    const bool asked = planted("cross_entropy: ignored targets asked");
    const bool beside = planted("cross_entropy: target one too high");
    const bool other_row = planted("cross_entropy: log_sum of another row");
    const bool negative = planted("cross_entropy: sign");
    if (planted("cross_entropy: a sum, not a mean")) dloss = 1;
    if (planted("cross_entropy: mean over ignored targets too")) dloss = 1 / static_cast<double>(rows);
    for (size_t r = 0; r < rows; ++r)
        for (size_t v = 0; v < V; ++v) {
            const double p = std::exp(logits[r * V + v] - log_sum[other_row && r > 0 ? r - 1 : r]);
            const bool is_target =
                static_cast<token>(v) == (beside ? (targets[r] + 1) % static_cast<token>(V) : targets[r]);
            const double slope = p - (is_target && !no_target ? 1 : 0);
            dlogits[r * V + v] = (targets[r] < 0 && !asked ? 0 : slope) * (negative ? -dloss : dloss);
        }
}

// Backward: a is what flows along the stream, b what comes through the part beside it.
void residual_forward(faulty, const double* a, const double* b, double* y, size_t n) {
    const bool no_stream = going_back && planted("block: gradient along the stream forgotten");
    const bool no_part = going_back && planted("block: gradient through the part forgotten");
    const bool half = going_back && planted("block: mean of the two, not their sum");
    for (size_t i = 0; i < n; ++i) y[i] = ((no_stream ? 0 : a[i]) + (no_part ? 0 : b[i])) / (half ? 2 : 1);
}

void dropout_apply(faulty, const double* x, double* y, const dropout_mask& mask, size_t n) {
    const bool all = going_back && planted("dropout: backward drops nothing");
    const bool unscaled = going_back && planted("dropout: survivors not scaled");
    const bool next = going_back && planted("dropout: mask of the next element");
    for (size_t i = 0; i < n; ++i)
        y[i] = x[i] * (all ? 1 : mask.factor<double>(i + next) * (unscaled ? 1 - mask.p : 1));
}

}  // namespace wrong

TEST_CASE("wrong gradients: the check catches each of them, one at a time") {
    using model_type = stepgpt::gpt<double, wrong::faulty>;
    model_type model({.vocab_size = 7, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 6, .dropout = 0.2});
    test::randomise(model);
    model_type::cache cache;
    model_type::gradients gradients;
    const stepgpt::token_ids<> ids{{3, 1, 3, 0, 6}, {2, 3, 5, 6, 1}}, targets{{1, 3, -1, 6, 2}, {3, -1, 6, 1, 4}};
    const auto loss = [&] { return model.loss(ids, targets, cache, {.training = true, .seed = 1}); };
    const auto claims_with = [&](const std::string& fault) {
        wrong::the_planted_one = fault;
        return test::claims(model, [&] {
            wrong::going_back = false;
            loss();
            wrong::going_back = true;
            model.backward(ids, targets, cache, gradients);
        });
    };
    const auto right = claims_with("");   // and every fault makes itself known
    wrong::going_back = false;
    const auto slopes = test::implied(right, loss);   // faults are in backward only: these hold for all of them
    CHECK(test::worst(right, slopes).error <= test::gradient_tolerance);

    test::verdict least{"", INFINITY};
    std::size_t caught = 0;
    const auto faults = wrong::faults;
    for (const auto& fault : faults) {
        const auto found = test::worst(claims_with(fault), slopes);
        INFO(fault);
        const bool is_caught = found.error > test::gradient_tolerance;
        CHECK(is_caught);
        caught += is_caught;
        std::printf("%s  %-48s %8.1e at %s\n", is_caught ? "caught" : "MISSED", fault.c_str(), found.error,
                    found.name.c_str());
        if (found.error < least.error) least = {fault, found.error};
    }
    std::printf("caught  %zu of %zu; the faintest: %.1e, %s\n", caught, faults.size(), least.error, least.name.c_str());
    CHECK(faults.size() == 63);   // none has slipped away behind a changed signature
    CHECK(least.error > 1e-4);   // far from what the check allows
}
