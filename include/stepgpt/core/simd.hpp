// Vectors of floats: the only file that includes xsimd. Bridges xsimd 8 (hadd) to 14 (reduce_add).
//
// `batch<Real>` is a register full of numbers: 16 floats with AVX-512, 8 with AVX2, 4 with SSE and NEON. The functions
// below are those whose names or quality differ between versions of xsimd; all else (load, store, +, *, max, exp, tanh)
// is xsimd's own.
#pragma once

#if __has_include(<xsimd/xsimd.hpp>)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"         // GCC 12 suspects its own AVX-512 intrinsics
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
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
#include <limits>
#include <type_traits>

namespace stepgpt {

template <class Real>
using batch = xsimd::batch<Real>;

template <class Real>
inline constexpr std::size_t lanes = batch<Real>::size;

#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr std::size_t vector_registers = 32;
#else
inline constexpr std::size_t vector_registers = 16;
#endif

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

// The place of a vector in a row: the whole of it ...
template <class Real>
struct whole_vector {
    static batch<Real> load(const Real* p, Real = 0) { return batch<Real>::load_unaligned(p); }
    static void store(Real* p, batch<Real> x) { x.store_unaligned(p); }
};

// ... or, where the row ends, its first `count` lanes; loading puts `rest` into the others.
template <class Real>
struct part_vector {
    std::size_t count;

#if defined(__AVX512F__)
    batch<Real> load(const Real* p, Real rest = 0) const {
        const unsigned mask = (1u << count) - 1;
        if constexpr (std::is_same_v<Real, float>)
            return _mm512_mask_loadu_ps(_mm512_set1_ps(rest), static_cast<__mmask16>(mask), p);
        else return _mm512_mask_loadu_pd(_mm512_set1_pd(rest), static_cast<__mmask8>(mask), p);
    }
    void store(Real* p, batch<Real> x) const {
        const unsigned mask = (1u << count) - 1;
        if constexpr (std::is_same_v<Real, float>) _mm512_mask_storeu_ps(p, static_cast<__mmask16>(mask), x);
        else _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask), x);
    }
#else
    batch<Real> load(const Real* p, Real rest = 0) const {
        alignas(64) Real lane[lanes<Real>];
        for (std::size_t i = 0; i < lanes<Real>; ++i) lane[i] = i < count ? p[i] : rest;
        return batch<Real>::load_aligned(lane);
    }
    void store(Real* p, batch<Real> x) const {
        alignas(64) Real lane[lanes<Real>];
        x.store_aligned(lane);
        for (std::size_t i = 0; i < count; ++i) p[i] = lane[i];
    }
#endif
};

// Calls work(i, at) for every vector of the elements begin .. end - 1: y[i ..] = f(x[i ..]) is
//     each_vector<Real>(begin, end, [=](std::size_t i, auto at) { at.store(y + i, f(at.load(x + i))); });
// The last few elements pass through the same instructions as all others, so no element's bits depend on its place.
// Capture by value: through a reference, every store would make the compiler read the pointers again.
template <class Real, class Work>
inline void each_vector(std::size_t begin, std::size_t end, Work work) {
    for (; begin + lanes<Real> <= end; begin += lanes<Real>) work(begin, whole_vector<Real>{});
    if (begin < end) work(begin, part_vector<Real>{end - begin});
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

// Sum of f(i, at) over the n elements of a row. Lanes behind the row's end must be 0: choose what `at.load` puts there.
template <class Real, class F>
Real sum_of_row(std::size_t n, F f) {
    batch<Real> sum(Real(0));
    each_vector<Real>(0, n, [&sum, f](std::size_t i, auto at) { sum += f(i, at); });
    return sum_of_lanes(sum);
}

// The largest of the n elements of a row.
template <class Real>
Real max_of_row(const Real* x, std::size_t n) {
    batch<Real> largest(-std::numeric_limits<Real>::infinity());
    each_vector<Real>(0, n, [&largest, x](std::size_t i, auto at) {
        largest = xsimd::max(largest, at.load(x + i, -std::numeric_limits<Real>::infinity()));
    });
    return max_of_lanes(largest);
}

}  // namespace stepgpt
