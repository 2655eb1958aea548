// A linear layer:  y = x W + b,  with W stored [in, out] as in GPT-2's published files, so that nothing is transposed.
//
// x (rows,in), weight (in,out), bias (out) -> y (rows,out). The three products of training are one matrix product, with
// views that exchange strides; what makes it fast is in kernel/matmul.hpp.
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/few_rows.hpp>
#include <stepgpt/kernel/matmul.hpp>

namespace stepgpt {

template <class Real>
void linear_forward(cpu, const Real* x, const Real* weight, const Real* bias, Real* y, std::size_t rows, std::size_t in,
                    std::size_t out) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* x_row = x + r * in;
        Real* y_row = y + r * out;
        for (std::size_t o = 0; o < out; ++o) y_row[o] = bias[o];
        for (std::size_t i = 0; i < in; ++i) {
            const Real* weight_row = weight + i * out;
            for (std::size_t o = 0; o < out; ++o) y_row[o] += x_row[i] * weight_row[o];
        }
    }
}

namespace detail {
// Every row of y begins with the bias.
template <class Real>
struct add_bias : nothing_more {
    const Real* bias;

    explicit add_bias(const Real* bias) : bias(bias) {}
    const Real* start(const Real*, std::size_t column) const { return bias + column; }
};
}  // namespace detail

template <class Real>
void linear_forward(simd, const Real* x, const Real* weight, const Real* bias, Real* y, std::size_t rows, std::size_t in,
                    std::size_t out) {
    const timed here = timed_product<Real>("linear forward", rows, out, in);
    if (rows <= detail::few_rows) return detail::few_rows_product(x, weight, bias, y, rows, in, out);
    matmul(simd{}, matrix(x, in), matrix(weight, out), y, out, rows, out, in, into::write, detail::add_bias(bias));
}

// dx = dy W^T
template <class Real>
void linear_backward_input(cpu, const Real* dy, const Real* weight, Real* dx, std::size_t rows, std::size_t in,
                           std::size_t out) {
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* dy_row = dy + r * out;
        Real* dx_row = dx + r * in;
        for (std::size_t i = 0; i < in; ++i) {
            const Real* weight_row = weight + i * out;
            Real sum = 0;
            for (std::size_t o = 0; o < out; ++o) sum += dy_row[o] * weight_row[o];
            dx_row[i] = sum;
        }
    }
}

template <class Real>
void linear_backward_input(simd, const Real* dy, const Real* weight, Real* dx, std::size_t rows, std::size_t in,
                           std::size_t out) {
    const timed here = timed_product<Real>("linear backward, input", rows, out, in);
    matmul(simd{}, matrix(dy, out), matrix(weight, out).transposed(), dx, in, rows, in, out);
}

// dW += x^T dy,  db += sum over rows of dy;  with into::write what was there before is forgotten, so nobody need zero it.
template <class Real>
void linear_backward_weight(cpu, const Real* dy, const Real* x, Real* dweight, Real* dbias, std::size_t rows, std::size_t in,
                            std::size_t out, into how = into::add) {
    if (how == into::write) {
        std::fill_n(dweight, in * out, Real(0));
        std::fill_n(dbias, out, Real(0));
    }
    for (std::size_t r = 0; r < rows; ++r) {
        const Real* dy_row = dy + r * out;
        const Real* x_row = x + r * in;
        for (std::size_t i = 0; i < in; ++i) {
            Real* dweight_row = dweight + i * out;
            for (std::size_t o = 0; o < out; ++o) dweight_row[o] += x_row[i] * dy_row[o];
        }
        for (std::size_t o = 0; o < out; ++o) dbias[o] += dy_row[o];
    }
}

namespace detail {
// Adds up the rows of each panel of dy while it is in the first cache.
template <class Real>
struct sum_bias : nothing_more {
    Real* dbias;
    into how;

    sum_bias(Real* dbias, into how) : dbias(dbias), how(how) {}
    void panel(const Real* dy_rows, std::size_t stride, std::size_t k, std::size_t depth, std::size_t column,
               std::size_t count) const {
        const bool adds = how == into::add || k > 0;
        each_vector<Real>(0, count, [=, sums = dbias + column](std::size_t o, auto at) {
            batch<Real> sum[4] = {Real(0), Real(0), Real(0), Real(0)};   // side by side: one would wait for itself
            std::size_t r = 0;
            for (; r + 4 <= depth; r += 4)
                for (std::size_t i = 0; i < 4; ++i) sum[i] += at.load(dy_rows + (r + i) * stride + o);
            for (; r < depth; ++r) sum[0] += at.load(dy_rows + r * stride + o);
            sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
            at.store(sums + o, adds ? at.load(sums + o) + sum[0] : sum[0]);
        });
    }
};
}  // namespace detail

template <class Real>
void linear_backward_weight(simd, const Real* dy, const Real* x, Real* dweight, Real* dbias, std::size_t rows, std::size_t in,
                            std::size_t out, into how = into::add) {
    const timed here = timed_product<Real>("linear backward, weight", rows, out, in);
    if (rows == 0 && how == into::write) std::fill_n(dbias, out, Real(0));
    matmul(simd{}, matrix(x, in).transposed(), matrix(dy, out), dweight, out, in, out, rows, how,
           detail::sum_bias(dbias, how));
}

}  // namespace stepgpt
