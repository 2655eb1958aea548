// Matrix products of few rows, as a model that writes makes them, a token at a time. Every weight is used only once or
// twice, so what counts is to read each as fast as memory gives it, in the order in which it lies there:
//     y (rows,out) = x (rows,in) W (in,out) + bias        eight rows of W side by side, then the next eight
//     y (rows,out) = x (rows,in) W (out,in)^T             four rows of W side by side, an element of y for each
//
// Several rows side by side are read faster than one after the other, and faster still if the processor is told what comes
// next: into its second cache, since the first has no room for that much.
//
// Not here: products of many rows, where each weight is used again and again (matmul.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/scratch.hpp>

namespace stepgpt::detail {

inline constexpr std::size_t few_rows = 4;       // up to here, memory is slower than arithmetic

// To be read soon. Addresses behind the end of W do no harm.
inline void expect_soon(const void* address) { __builtin_prefetch(address, 0, 2); }

// sums (rows,out) = x W of the rows begin .. end of W alone.
template <class Real>
void few_rows_part(const Real* x, const Real* W, Real* sums, std::size_t rows, std::size_t in, std::size_t out, std::size_t begin,
                   std::size_t end) {
    constexpr std::size_t deep = 8;
    std::size_t i = begin;
    for (; i + deep <= end; i += deep)
        each_vector<Real>(0, out, [=, first = i == begin](std::size_t o, auto at) {
            batch<Real> w[deep];
            for (std::size_t d = 0; d < deep; ++d) {
                w[d] = at.load(W + (i + d) * out + o);
                expect_soon(W + (i + deep + d) * out + o);
            }
            for (std::size_t r = 0; r < rows; ++r) {
                batch<Real> sum = first ? batch<Real>(Real(0)) : at.load(sums + r * out + o);
                for (std::size_t d = 0; d < deep; ++d) sum = fused_multiply_add(batch<Real>(x[r * in + i + d]), w[d], sum);
                at.store(sums + r * out + o, sum);
            }
        });
    for (; i < end; ++i)
        each_vector<Real>(0, out, [=, first = i == begin](std::size_t o, auto at) {
            for (std::size_t r = 0; r < rows; ++r)
                at.store(sums + r * out + o,
                         fused_multiply_add(batch<Real>(x[r * in + i]), at.load(W + i * out + o),
                                            first ? batch<Real>(Real(0)) : at.load(sums + r * out + o)));
        });
}

// W is cut into parts of whole rows, each one piece of memory that a thread reads from its beginning to its end; then the
// parts' sums are added in order. How many parts there are depends on W alone.
template <class Real>
void few_rows_product(const Real* x, const Real* W, const Real* bias, Real* y, std::size_t rows, std::size_t in,
                      std::size_t out) {
    constexpr std::size_t worth_a_part = 65536;          // numbers that take some 10 microseconds to read
    const std::size_t parts = std::clamp<std::size_t>(in * out / worth_a_part, 1, std::clamp<std::size_t>(in / 8, 1, 16));
    struct sums_of_parts;
    Real* const sums = scratch<Real, sums_of_parts>(parts * rows * out);
    const auto add = [=](team t) {
        t.each(parts, [=](std::size_t p) {
            few_rows_part(x, W, sums + p * rows * out, rows, in, out, in * p / parts, in * (p + 1) / parts);
        });
        t.each_range(rows * out, 512, [=](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) y[i] = bias[i % out];
            for (std::size_t p = 0; p < parts; ++p)
                each_vector<Real>(begin, end, [y, part = sums + p * rows * out](std::size_t i, auto at) {
                    at.store(y + i, at.load(y + i) + at.load(part + i));
                });
        });
    };
    if (parts > 1) parallel_team(add, parts);
    else add(team());
}

// An element of y for each of `count` rows of W.
template <std::size_t count, class Real>
void dot_with_rows(const Real* x, const Real* W, Real* y, std::size_t in) {
    std::array<batch<Real>, count> sums;
    sums.fill(batch<Real>(Real(0)));
    each_vector<Real>(0, in, [x, W, in, &sums](std::size_t i, auto at) {
        const batch<Real> numbers = at.load(x + i);
        for (std::size_t d = 0; d < count; ++d) {
            sums[d] = fused_multiply_add(numbers, at.load(W + d * in + i), sums[d]);
            expect_soon(W + (count + d) * in + i);
        }
    });
    for (std::size_t d = 0; d < count; ++d) y[d] = sum_of_lanes(sums[d]);
}

// Every thread has rows of W of its own.
template <class Real>
void few_rows_transposed(const Real* x, const Real* W, Real* y, std::size_t rows, std::size_t in, std::size_t out) {
    parallel_for(out, 64, [=](std::size_t begin, std::size_t end) {
        std::size_t o = begin;
        for (; o + 4 <= end; o += 4)
            for (std::size_t r = 0; r < rows; ++r) dot_with_rows<4>(x + r * in, W + o * in, y + r * out + o, in);
        for (; o < end; ++o)
            for (std::size_t r = 0; r < rows; ++r) dot_with_rows<1>(x + r * in, W + o * in, y + r * out + o, in);
    });
}

}  // namespace stepgpt::detail
