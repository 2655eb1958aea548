// A linear layer and the GELU behind it, and the way back through both, in one pass each:
//     pre = x W + b,  post = gelu(pre)                 dpre = (dy W^T) gelu'(pre)
//
// x (rows,in), weight (in,out), bias (out) -> pre, post (rows,out). Back: dy (rows,out) of the layer that follows, with its
// weight (in,out), and pre (rows,in) -> dpre (rows,in). For cpu these are the two plain kernels, one after the other; simd
// applies the gate to each tile while it is in the first cache.
#pragma once

#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/gelu.hpp>
#include <stepgpt/kernel/linear.hpp>

namespace stepgpt {

template <class Real>
void linear_gelu_forward(cpu, const Real* x, const Real* weight, const Real* bias, Real* pre, Real* post, std::size_t rows,
                         std::size_t in, std::size_t out) {
    linear_forward(cpu{}, x, weight, bias, pre, rows, in, out);
    gelu_forward(cpu{}, pre, post, rows * out);
}

template <class Real>
void linear_gelu_backward_input(cpu, const Real* dy, const Real* weight, const Real* pre, Real* dpre, std::size_t rows,
                                std::size_t in, std::size_t out) {
    linear_backward_input(cpu{}, dy, weight, dpre, rows, in, out);
    gelu_backward(cpu{}, dpre, pre, dpre, rows * in);
}

namespace detail {
template <class Real>
struct gate_with_bias : nothing_more {
    const Real* bias;
    Real *pre, *post;
    std::size_t out;

    gate_with_bias(const Real* bias, Real* pre, Real* post, std::size_t out)
        : bias(bias), pre(pre), post(post), out(out) {}
    const Real* start(const Real*, std::size_t column) const { return bias + column; }
    void tile(std::size_t row, std::size_t column, std::size_t rows, std::size_t columns) const {
        for (std::size_t r = row; r < row + rows; ++r)
            each_vector<Real>(column, column + columns, [pre_row = pre + r * out, post_row = post + r * out](
                                                            std::size_t o, auto at) {
                at.store(post_row + o, gelu<Real>(at.load(pre_row + o)));
            });
    }
};

template <class Real>
struct multiply_by_slope : nothing_more {
    const Real* pre;
    Real* dpre;
    std::size_t in;

    multiply_by_slope(const Real* pre, Real* dpre, std::size_t in) : pre(pre), dpre(dpre), in(in) {}
    void tile(std::size_t row, std::size_t column, std::size_t rows, std::size_t columns) const {
        for (std::size_t r = row; r < row + rows; ++r)
            each_vector<Real>(column, column + columns, [x = pre + r * in, dx = dpre + r * in](std::size_t i, auto at) {
                at.store(dx + i, at.load(dx + i) * gelu_slope<Real>(at.load(x + i)));
            });
    }
};
}  // namespace detail

template <class Real>
void linear_gelu_forward(simd, const Real* x, const Real* weight, const Real* bias, Real* pre, Real* post, std::size_t rows,
                         std::size_t in, std::size_t out) {
    const timed here = timed_product<Real>("linear + GELU forward", rows, out, in, rows * out);
    matmul(simd{}, matrix(x, in), matrix(weight, out), pre, out, rows, out, in, into::write,
           detail::gate_with_bias(bias, pre, post, out));
}

template <class Real>
void linear_gelu_backward_input(simd, const Real* dy, const Real* weight, const Real* pre, Real* dpre, std::size_t rows,
                                std::size_t in, std::size_t out) {
    const timed here = timed_product<Real>("linear + GELU backward, input", rows, out, in, rows * in);
    matmul(simd{}, matrix(dy, out), matrix(weight, out).transposed(), dpre, in, rows, in, out, into::write,
           detail::multiply_by_slope(pre, dpre, in));
}

}  // namespace stepgpt
