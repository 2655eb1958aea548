// One step of an optimizer for n weights, and the size of a gradient.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

// AdamW (Loshchilov and Hutter 2019, algorithm 2): decay acts on the weight, not through the gradient.
//     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//     w = w - lr ( (m / correction1) / (sqrt(v / correction2) + eps) + decay w ),   correction_i = 1 - beta_i^t
struct adamw_step {
    double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0;
    double correction1 = 1, correction2 = 1;
    double gradient_scale = 1;   // multiplies g first: clipping and accumulation without a pass of their own
};

template <class Real>
void adamw_update(cpu, const Real* grad, Real* weight, Real* m, Real* v, const adamw_step& step, std::size_t n) {
    const auto beta1 = static_cast<Real>(step.beta1), beta2 = static_cast<Real>(step.beta2);
    const auto shrink = static_cast<Real>(1 - step.lr * step.decay);
    const auto rate = static_cast<Real>(step.lr / step.correction1);
    const auto root = static_cast<Real>(1 / std::sqrt(step.correction2));
    const auto eps = static_cast<Real>(step.eps), scale = static_cast<Real>(step.gradient_scale);
    for (std::size_t i = 0; i < n; ++i) {
        const Real g = grad[i] * scale;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const Real direction = m[i] / (std::sqrt(v[i]) * root + eps);
        weight[i] = weight[i] * shrink - rate * direction;
    }
}

template <class Real>
void adamw_update(simd, const Real* grad, Real* weight, Real* m, Real* v, const adamw_step& step, std::size_t n) {
    const timed here = timed_pass<Real>("AdamW", 7 * n);
    const auto beta1 = static_cast<Real>(step.beta1), beta2 = static_cast<Real>(step.beta2);
    const auto shrink = static_cast<Real>(1 - step.lr * step.decay);
    const auto rate = static_cast<Real>(step.lr / step.correction1);
    const auto root = static_cast<Real>(1 / std::sqrt(step.correction2));
    const auto eps = static_cast<Real>(step.eps), scale = static_cast<Real>(step.gradient_scale);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) {
            using vec = batch<Real>;       // which product is fused is said, not left to the compiler: it compiles this twice
            const vec g = at.load(grad + i) * scale;
            const vec m_i = fused_multiply_add<Real>(vec(beta1), at.load(m + i), (1 - beta1) * g);
            const vec v_i = fused_multiply_add<Real>(vec(beta2), at.load(v + i), (1 - beta2) * g * g);
            const vec direction = m_i / fused_multiply_add<Real>(xsimd::sqrt(v_i), vec(root), vec(eps));
            at.store(m + i, m_i);
            at.store(v + i, v_i);
            at.store(weight + i, fused_multiply_add<Real>(vec(-rate), direction, at.load(weight + i) * shrink));
        });
    });
}

// SGD with momentum:  m = momentum m + (g + decay w),  w = w - lr m           (Sutskever et al. 2013; PyTorch's form)
struct sgd_step {
    double lr = 1e-1, momentum = 0.9, decay = 0;
    double gradient_scale = 1;
};

template <class Real>
void sgd_update(cpu, const Real* grad, Real* weight, Real* m, const sgd_step& step, std::size_t n) {
    const auto lr = static_cast<Real>(step.lr), momentum = static_cast<Real>(step.momentum);
    const auto decay = static_cast<Real>(step.decay), scale = static_cast<Real>(step.gradient_scale);
    for (std::size_t i = 0; i < n; ++i) {
        m[i] = momentum * m[i] + (grad[i] * scale + decay * weight[i]);
        weight[i] -= lr * m[i];
    }
}

template <class Real>
void sgd_update(simd, const Real* grad, Real* weight, Real* m, const sgd_step& step, std::size_t n) {
    const timed here = timed_pass<Real>("SGD", 5 * n);
    const auto lr = static_cast<Real>(step.lr), momentum = static_cast<Real>(step.momentum);
    const auto decay = static_cast<Real>(step.decay), scale = static_cast<Real>(step.gradient_scale);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t i, auto at) {
            using vec = batch<Real>;
            const vec w = at.load(weight + i);
            const vec decayed = fused_multiply_add<Real>(vec(decay), w, at.load(grad + i) * scale);
            const vec m_i = fused_multiply_add<Real>(vec(momentum), at.load(m + i), decayed);
            at.store(m + i, m_i);
            at.store(weight + i, fused_multiply_add<Real>(vec(-lr), m_i, w));
        });
    });
}

// Sum of squares, in double and by a fixed tree: the same bits on any number of threads.
template <class Real>
double sum_of_squares(cpu, const Real* x, std::size_t n) {
    return tree_sum(n, [=](std::size_t begin, std::size_t end) {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
        return sum;
    });
}

// 16 sums side by side, which the compiler turns into vectors: their number, not the machine's, fixes the order.
template <class Real>
double sum_of_squares(simd, const Real* x, std::size_t n) {
    const timed here = timed_pass<Real>("gradient norm", n);
    return tree_sum(n, [=](std::size_t begin, std::size_t end) {
        double sum[16] = {};
        std::size_t i = begin;
        for (; i + 16 <= end; i += 16)
            for (std::size_t j = 0; j < 16; ++j) sum[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
        for (std::size_t j = 0; i < end; ++i, ++j) sum[j] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
        for (std::size_t half = 8; half > 0; half /= 2)
            for (std::size_t j = 0; j < half; ++j) sum[j] += sum[j + half];
        return sum[0];
    });
}

}  // namespace stepgpt
