// Layer normalisation of each row:  y = (x - mean) rstd weight + bias,  rstd = 1 / sqrt(var + eps)
// (Ba, Kiros, Hinton 2016; var is the biased one, divided by C; eps = 1e-5 as in GPT-2)
//
// x (rows,C), weight (C), bias (C) -> y (rows,C), mean (rows), rstd (rows); mean and rstd are kept for backward.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/scratch.hpp>

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

namespace detail {
template <class Real>
void layer_norm_row(const Real* x_row, const Real* weight, const Real* bias, Real* y_row, Real& mean, Real& rstd,
                    std::size_t C) {
    const Real sum = sum_of_row<Real>(C, [=](std::size_t c, auto at) { return at.load(x_row + c); });
    const Real m = sum / static_cast<Real>(C);
    const Real squares = sum_of_row<Real>(C, [=](std::size_t c, auto at) {
        const batch<Real> centred = at.load(x_row + c, m) - m;
        return centred * centred;
    });
    const Real variance = squares / static_cast<Real>(C);
    const Real s = 1 / std::sqrt(variance + static_cast<Real>(layer_norm_epsilon));
    each_vector<Real>(0, C, [=](std::size_t c, auto at) {
        const batch<Real> normalised = (at.load(x_row + c) - m) * s;
        at.store(y_row + c, normalised * at.load(weight + c) + at.load(bias + c));
    });
    mean = m;
    rstd = s;
}
}  // namespace detail

template <class Real>
void layer_norm_forward(simd, const Real* x, const Real* weight, const Real* bias, Real* y, Real* mean, Real* rstd,
                        std::size_t rows, std::size_t C) {
    const timed here = timed_pass<Real>("layer norm forward", 2 * rows * C);
    parallel_for(rows, 8, [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r)
            detail::layer_norm_row(x + r * C, weight, bias, y + r * C, mean[r], rstd[r], C);
    });
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

namespace detail {
// Rows are dealt out in groups, at most 64 of them whatever the number of threads. A group sums its share of dweight and
// dbias for itself; then the shares are added, group after group: the same bits on any number of threads.
// past: if set, what reaches x beside the norm (rows,C), added to dx. It may be dx.
template <class Real>
void layer_norm_backward_by_groups(const Real* dy, const Real* x, const Real* weight, const Real* mean, const Real* rstd,
                                   const Real* past, Real* dx, Real* dweight, Real* dbias, std::size_t rows, std::size_t C) {
    const std::size_t group_rows = std::max<std::size_t>(8, (rows + 63) / 64), groups = (rows + group_rows - 1) / group_rows;
    struct shares;
    Real* const share = scratch<Real, shares>(groups * 2 * C);      // (groups, 2, C)

    const auto group_backward = [=](std::size_t group) {
        Real *dweight_share = share + group * 2 * C, *dbias_share = dweight_share + C;
        std::fill_n(dweight_share, 2 * C, Real(0));
        for (std::size_t r = group * group_rows; r < std::min(rows, (group + 1) * group_rows); ++r) {
            const Real *dy_row = dy + r * C, *x_row = x + r * C;
            const Real m = mean[r], s = rstd[r];
            batch<Real> sums_g(Real(0)), sums_g_normalised(Real(0));
            each_vector<Real>(0, C, [=, &sums_g, &sums_g_normalised](std::size_t c, auto at) {
                const batch<Real> normalised = (at.load(x_row + c, m) - m) * s;
                const batch<Real> dy_c = at.load(dy_row + c);
                const batch<Real> g = dy_c * at.load(weight + c);
                sums_g += g;
                sums_g_normalised += g * normalised;
                at.store(dweight_share + c, at.load(dweight_share + c) + dy_c * normalised);
                at.store(dbias_share + c, at.load(dbias_share + c) + dy_c);
            });
            const Real mean_g = sum_of_lanes(sums_g) / static_cast<Real>(C);
            const Real mean_g_normalised = sum_of_lanes(sums_g_normalised) / static_cast<Real>(C);
            const auto through_norm = [=](std::size_t c, auto at) {
                const batch<Real> normalised = (at.load(x_row + c) - m) * s;
                const batch<Real> g = at.load(dy_row + c) * at.load(weight + c);
                return (g - mean_g - normalised * mean_g_normalised) * s;
            };
            Real* const dx_row = dx + r * C;
            if (past)
                each_vector<Real>(0, C, [=, past_row = past + r * C](std::size_t c, auto at) {
                    at.store(dx_row + c, at.load(past_row + c) + through_norm(c, at));
                });
            else
                each_vector<Real>(0, C, [=](std::size_t c, auto at) { at.store(dx_row + c, through_norm(c, at)); });
        }
    };
    const auto add_shares = [=](std::size_t begin, std::size_t end) {
        each_vector<Real>(begin, end, [=](std::size_t c, auto at) {
            batch<Real> dweight_c = at.load(dweight + c), dbias_c = at.load(dbias + c);
            for (std::size_t group = 0; group < groups; ++group) {
                dweight_c += at.load(share + group * 2 * C + c);
                dbias_c += at.load(share + group * 2 * C + C + c);
            }
            at.store(dweight + c, dweight_c);
            at.store(dbias + c, dbias_c);
        });
    };
    parallel_for(groups, 1, [=](std::size_t begin, std::size_t end) {
        for (std::size_t group = begin; group < end; ++group) group_backward(group);
    });
    parallel_for(C, 64, add_shares);
}
}  // namespace detail

template <class Real>
void layer_norm_backward(simd, const Real* dy, const Real* x, const Real* weight, const Real* mean, const Real* rstd,
                         Real* dx, Real* dweight, Real* dbias, std::size_t rows, std::size_t C) {
    const timed here = timed_pass<Real>("layer norm backward", 3 * rows * C);
    detail::layer_norm_backward_by_groups(dy, x, weight, mean, rstd, static_cast<const Real*>(nullptr), dx, dweight, dbias,
                                          rows, C);
}

}  // namespace stepgpt
