// Layer normalisation of each row:  y = (x - mean) rstd weight + bias,  rstd = 1 / sqrt(var + eps)
// (Ba, Kiros, Hinton 2016; var is the biased one, divided by C; eps = 1e-5 as in GPT-2)
//
// x (rows,C), weight (C), bias (C) -> y (rows,C), mean (rows), rstd (rows); mean and rstd are kept for backward.
#pragma once

#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

inline constexpr double layer_norm_epsilon = 1e-5;

template <class Real>
void layer_norm_forward(cpu, const Real* x, const Real* weight, const Real* bias, Real* y, Real* mean, Real* rstd,
                        std::size_t rows, std::size_t C) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* x_row = x + r * C;
        Real* y_row = y + r * C;

        Real sum = 0;
        for (std::size_t c = 0; c < C; ++c) sum += x_row[c];
        const Real m = sum / static_cast<Real>(C);

        Real squares = 0;
        for (std::size_t c = 0; c < C; ++c) {
            const Real centred = x_row[c] - m;
            squares += centred * centred;
        }
        const Real variance = squares / static_cast<Real>(C);
        const Real s = 1 / std::sqrt(variance + static_cast<Real>(layer_norm_epsilon));

        for (std::size_t c = 0; c < C; ++c) {
            const Real normalised = (x_row[c] - m) * s;
            y_row[c] = normalised * weight[c] + bias[c];
        }
        mean[r] = m;
        rstd[r] = s;
    }
}

// With n = (x - mean) rstd and g = dy weight:  dx = rstd (g - mean(g) - n mean(g n)),  dweight += sum(dy n),  dbias += sum(dy)
// (mean and rstd depend on x: the two means take their share back).
template <class Real>
void layer_norm_backward(cpu, const Real* dy, const Real* x, const Real* weight, const Real* mean, const Real* rstd,
                         Real* dx, Real* dweight, Real* dbias, std::size_t rows, std::size_t C) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* dy_row = dy + r * C;
        const Real* x_row = x + r * C;
        Real* dx_row = dx + r * C;
        const Real m = mean[r];
        const Real s = rstd[r];

        Real sum_g = 0, sum_g_normalised = 0;
        for (std::size_t c = 0; c < C; ++c) {
            const Real normalised = (x_row[c] - m) * s;
            const Real g = dy_row[c] * weight[c];
            sum_g += g;
            sum_g_normalised += g * normalised;
            dweight[c] += dy_row[c] * normalised;
            dbias[c] += dy_row[c];
        }
        const Real mean_g = sum_g / static_cast<Real>(C);
        const Real mean_g_normalised = sum_g_normalised / static_cast<Real>(C);

        for (std::size_t c = 0; c < C; ++c) {
            const Real normalised = (x_row[c] - m) * s;
            const Real g = dy_row[c] * weight[c];
            dx_row[c] = (g - mean_g - normalised * mean_g_normalised) * s;
        }
    }
}

}  // namespace stepgpt
