// New tokens to vectors, each at the place where it stands in its text:  x[r] = wte[ids[r]] + wpe[places[r].position]
//
// ids (rows), places (rows), wte (V,C), wpe (block_size,C) -> x (rows,C). What embedding.hpp does for whole rows of a batch.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <stepgpt/core/device.hpp>
#include <stepgpt/kernel/attention_kept.hpp>   // token_place
#include <stepgpt/kernel/embedding.hpp>

namespace stepgpt {

template <class Real, std::derived_from<cpu> Device>
void embedding_at_places(Device, const std::int32_t* ids, const token_place* places, const Real* wte, const Real* wpe, Real* x,
                         std::size_t rows, std::size_t C) {
    for (std::size_t r = 0; r < rows; ++r)
        embedding_forward(Device{}, ids + r, wte, wpe + places[r].position * C, x + r * C, 1, 1, C);
}

}  // namespace stepgpt
