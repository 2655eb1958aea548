// One step of an optimizer for n weights, and the size of a gradient.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>

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

// Sum of squares, in double and by a fixed tree: the same bits on any number of threads.
template <class Real>
double sum_of_squares(cpu, const Real* x, std::size_t n) {
    return tree_sum(n, [=](std::size_t begin, std::size_t end) {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
        return sum;
    });
}

}  // namespace stepgpt
