// p = exp(x - max x) / sum exp(x - max x) for each row of x (rows,V).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>

// 1. By the book: the largest, the exponentials and their sum, the division. std::exp takes one number at a time.
inline void one_by_one(const float* x, float* p, std::size_t rows, std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r, x += V, p += V) {
        float largest = x[0], sum = 0;
        for (std::size_t v = 1; v < V; ++v) largest = std::max(largest, x[v]);
        for (std::size_t v = 0; v < V; ++v) {
            p[v] = std::exp(x[v] - largest);
            sum += p[v];
        }
        for (std::size_t v = 0; v < V; ++v) p[v] /= sum;
    }
}

// 2. Vectors: xsimd's exp is a polynomial that all lanes evaluate at once, the sums of the lanes are added at the end,
// and one division gives a factor for the whole row.
inline void by_vectors(const float* x, float* p, std::size_t rows, std::size_t V) {
    for (std::size_t r = 0; r < rows; ++r, x += V, p += V) {
        const float largest = stepgpt::max_of_row(x, V);
        const float sum = stepgpt::sum_of_row<float>(V, [=](std::size_t v, auto at) {
            const auto e = xsimd::exp(at.load(x + v, -std::numeric_limits<float>::infinity()) - largest);
            at.store(p + v, e);
            return e;
        });
        const float factor = 1 / sum;
        stepgpt::each_vector<float>(0, V, [=](std::size_t v, auto at) { at.store(p + v, at.load(p + v) * factor); });
    }
}

// 3. Rows over threads: no row knows of another.
inline void by_vectors_and_threads(const float* x, float* p, std::size_t rows, std::size_t V) {
    stepgpt::parallel_for(
        rows, 8, [=](std::size_t begin, std::size_t end) { by_vectors(x + begin * V, p + begin * V, end - begin, V); });
}
