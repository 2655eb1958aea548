// Vectors of floats: the only file that includes xsimd. Bridges xsimd 8 (hadd) to 14 (reduce_add).
//
// `batch<Real>` is a register full of numbers: 16 floats with AVX-512, 8 with AVX2, 4 with SSE and NEON. The functions
// below are those whose names or quality differ between versions of xsimd; all else (load, store, +, *, max, exp, tanh)
// is xsimd's own.
#pragma once

#if __has_include(<xsimd/xsimd.hpp>)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"   // GCC 12 suspects its own AVX-512 intrinsics
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#else
#error "xsimd not found. Debian, Ubuntu: apt-get install libxsimd-dev   conda, vcpkg: xsimd"
#endif

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace stepgpt {

template <class Real>
using batch = xsimd::batch<Real>;

template <class Real>
inline constexpr std::size_t lanes = batch<Real>::size;

// a * b + c, rounded once. xsimd 8 has no AVX-512 version: its generic one multiplies, rounds and adds.
template <class Real>
batch<Real> fused_multiply_add(batch<Real> a, batch<Real> b, batch<Real> c) {
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<Real, float>) return _mm512_fmadd_ps(a, b, c);
    else return _mm512_fmadd_pd(a, b, c);
#else
    return xsimd::fma(a, b, c);
#endif
}

// Sum of the lanes, in a fixed order: halves are added until one lane is left.
template <class Real>
Real sum_of_lanes(batch<Real> x) {
    alignas(64) Real lane[lanes<Real>];
    x.store_aligned(lane);
    for (std::size_t half = lanes<Real> / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
}

template <class Real>
Real max_of_lanes(batch<Real> x) {
    alignas(64) Real lane[lanes<Real>];
    x.store_aligned(lane);
    return *std::max_element(lane, lane + lanes<Real>);
}

}  // namespace stepgpt
