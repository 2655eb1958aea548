// Step 06: one training step, every number of it.
//
// Three positions of a text choose among four tokens: logits = x W + b, softmax, cross-entropy. Forward, backward by
// hand, and a step downhill; each tensor printed with its shape. Then the witnesses for the gradient: a tape that
// writes down every operation (tape.hpp), finite differences, and the library's layers, which all later steps use.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <stepgpt/nn/cross_entropy.hpp>
#include <stepgpt/nn/linear.hpp>

#include "show.hpp"
#include "tape.hpp"

using stepgpt::cpu, stepgpt::tensor, stepgpt::token_ids;
using matrix = tensor<double, 2, cpu>;
using vector = tensor<double, 1, cpu>;

constexpr std::size_t T = 3, C = 2, V = 4;   // positions, channels, vocabulary

// The loss alone, for any kind of number. `weights` holds W, row after row, and then b.
template <class Number>
Number loss_of(const std::vector<Number>& weights, const matrix& x, const token_ids<cpu>& targets) {
    Number loss = 0;
    for (std::size_t t = 0; t < T; ++t) {
        std::vector<Number> logits;
        Number sum = 0;
        for (std::size_t v = 0; v < V; ++v) {
            Number logit = weights[C * V + v];
            for (std::size_t c = 0; c < C; ++c) logit += x(t, c) * weights[c * V + v];
            logits.push_back(logit);
            sum += exp(logit);
        }
        loss += (log(sum) - logits[targets(0, t)]) / double(T);
    }
    return loss;
}

// dW and then db, by the library.
std::vector<double> library_gradient(const matrix& W, const vector& b, const matrix& x, const token_ids<cpu>& targets) {
    stepgpt::linear<double, cpu> layer("", C, V);
    stepgpt::linear<double, cpu>::cache cache;
    stepgpt::linear<double, cpu>::gradients gradients;
    const stepgpt::cross_entropy<double, cpu> criterion;
    stepgpt::cross_entropy<double, cpu>::cache losses;
    layer.weight = {W, xt::zeros_like(W)};          // value and gradient: backward adds
    layer.bias = {b, xt::zeros_like(b)};
    const tensor<double, 3, cpu> window = xt::expand_dims(x, 0);   // (1,T,C)

    tensor<double, 3, cpu> logits = layer.forward(window, cache);
    criterion.forward(logits, targets, losses);
    criterion.backward(logits, targets, losses);   // logits are now dlogits
    layer.backward(logits, window, cache, gradients);

    std::vector<double> gradient(layer.weight.grad.begin(), layer.weight.grad.end());
    gradient.insert(gradient.end(), layer.bias.grad.begin(), layer.bias.grad.end());
    return gradient;
}

int main() {
    const matrix x{{1, 0}, {0, 1}, {0.5, -1}}, W{{0.5, -0.4, 0.1, 0.2}, {-0.3, 0.8, -0.6, 0.7}};
    const vector b{0.1, 0, -0.2, 0.3};
    const token_ids<cpu> targets{{3, 0, 1}};
    std::printf("One training step: 3 positions, 4 tokens to choose from; the right ones are 3, 0, 1.\n\nforward\n\n");
    show("x", "what each position carries", x);
    show("W", "what each channel says for each token", W);
    show("b", "how common each token is", b);

    matrix logits = xt::zeros<double>({T, V}), p = logits;
    vector losses = xt::zeros<double>({T});
    double loss = 0;
    for (std::size_t t = 0; t < T; ++t) {
        double sum = 0;
        for (std::size_t v = 0; v < V; ++v) {
            logits(t, v) = x(t, 0) * W(0, v) + x(t, 1) * W(1, v) + b(v);
            sum += std::exp(logits(t, v));
        }
        for (std::size_t v = 0; v < V; ++v) p(t, v) = std::exp(logits(t, v)) / sum;
        losses(t) = -std::log(p(t, targets(0, t)));
        loss += losses(t) / T;
    }
    show("logits", "x W + b: a score for every token", logits);
    show("p", "softmax: exp(logit) / sum of exp(logits); rows sum to 1", p, true);
    show("losses", "-log p[target]: how surprised each position is", losses);
    std::printf("loss     %.4f  their mean. Guessing would cost ln 4 = %.4f.\n\nbackward\n\n", loss, std::log(4.0));

    matrix dlogits = p, dW = xt::zeros_like(W), dx = xt::zeros_like(x);
    vector db = xt::zeros_like(b);
    for (std::size_t t = 0; t < T; ++t) {
        dlogits(t, targets(0, t)) -= 1;
        for (std::size_t v = 0; v < V; ++v) {
            dlogits(t, v) /= T;
            db(v) += dlogits(t, v);
            for (std::size_t c = 0; c < C; ++c) {
                dW(c, v) += x(t, c) * dlogits(t, v);
                dx(t, c) += dlogits(t, v) * W(c, v);
            }
        }
    }
    show("dlogits", "(p - 1 at the target) / 3: the right score up, the others down", dlogits);
    show("dW", "x^T dlogits", dW);
    show("db", "sum of dlogits over positions", db);
    show("dx", "dlogits W^T: what a layer below would be told", dx);

    std::vector<double> weights(W.begin(), W.end()), by_hand(dW.begin(), dW.end());
    weights.insert(weights.end(), b.begin(), b.end());
    by_hand.insert(by_hand.end(), db.begin(), db.end());
    const auto library = library_gradient(W, b, x, targets);
    tape t;
    std::vector<number> variables;
    for (const double w : weights) variables.push_back(t.variable(w));
    t.backward(loss_of(variables, x, targets));

    std::printf("witnesses\n\n              by hand       tape  differences    library\n");
    double off_squares = 0, squares = 0, tape_off = 0, library_off = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        auto moved = weights;   // the slope of the loss: (loss(w + h) - loss(w - h)) / 2h
        const auto loss_at = [&](double w) { return moved[i] = w, loss_of(moved, x, targets); };
        const double h = 1e-5, slope = (loss_at(weights[i] + h) - loss_at(weights[i] - h)) / (2 * h);
        const double tapes = variables[i].gradient();
        const std::string row = i < C * V ? "dW[" + std::to_string(i / V) + "," : "db[";
        const std::string place = row + std::to_string(i % V) + "]";
        std::printf("  %-8s %10.6f %10.6f   %10.6f %10.6f\n", place.c_str(), by_hand[i], tapes, slope, library[i]);
        off_squares += std::pow(by_hand[i] - slope, 2), squares += std::pow(slope, 2);
        tape_off = std::max(tape_off, std::abs(by_hand[i] - tapes));
        library_off = std::max(library_off, std::abs(by_hand[i] - library[i]));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] -= 0.5 * by_hand[i];
    const double after = loss_of(weights, x, targets), zero = loss_of(std::vector<double>(weights.size()), x, targets);
    std::printf("\n%zu operations on the tape. A step, w - 0.5 dw: loss %.4f -> %.4f\n\n", t.size(), loss, after);

    check("the hand agrees with the tape (1e-12)", tape_off < 1e-12);
    check("the hand agrees with finite differences (relative L2 1e-7)", std::sqrt(off_squares / squares) < 1e-7);
    check("the hand agrees with the library (1e-12)", library_off < 1e-12);
    check("logits of zero cost ln 4", std::abs(zero - std::log(4.0)) < 1e-12);
    check("a step downhill lowers the loss", after < loss);
    return all_well ? 0 : 1;
}
