// A linear layer:  y = x W + b,  with W stored [in, out] as in GPT-2's published files, so that nothing is transposed.
//
// x (rows,in), weight (in,out), bias (out) -> y (rows,out). These are the plain loops; kernel/matmul.hpp has the fast ones.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>

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

// dW += x^T dy,  db += sum over rows of dy
template <class Real>
void linear_backward_weight(cpu, const Real* dy, const Real* x, Real* dweight, Real* dbias, std::size_t rows, std::size_t in,
                            std::size_t out) {
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

}  // namespace stepgpt
