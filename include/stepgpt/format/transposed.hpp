// Linear weights lie [in, out] here and in GPT-2's published files, and [out, in] in PyTorch's Linear, llm.c and GGUF.
#pragma once

#include <cstddef>
#include <vector>

#include <stepgpt/core/parameter.hpp>

namespace stepgpt::detail {

// Embeddings are matrices too, but lie the same way everywhere.
template <class Real>
bool is_linear(const parameter_view<Real>& p) {
    return p.is_matrix() && p.name.starts_with("h.");
}

// (rows, columns) -> (columns, rows)
template <class Real>
std::vector<Real> transposed(const Real* x, std::size_t rows, std::size_t columns) {
    std::vector<Real> y(rows * columns);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) y[j * rows + i] = x[i * columns + j];
    return y;
}

}  // namespace stepgpt::detail
