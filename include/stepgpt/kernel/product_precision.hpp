// How exactly the simd device multiplies matrices of floats: as floats, or with both factors rounded to bf16.
//
//     use_bf16_products(true);      // from now on, for every product of many rows; sums, weights and results stay floats
//
// Training keeps its curve (the master weights are floats that every step moves by its full length) and takes about
// two thirds of the time on a processor with AVX512_BF16; on others it only shows what bf16 does. Not here: the product
// itself (matmul_bf16.hpp); bf16 as a type to keep numbers in (core/bf16.hpp), as GPUs use it.
#pragma once

#include <atomic>

namespace stepgpt {

namespace detail {
inline std::atomic<bool> rounds_factors = false;
}

inline bool bf16_products() { return detail::rounds_factors.load(std::memory_order_relaxed); }

// For all threads. Not to be called while another thread of the program computes.
inline void use_bf16_products(bool yes) { detail::rounds_factors = yes; }

}  // namespace stepgpt
