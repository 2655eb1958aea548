// GELU, residual, scale and dropout for `cuda` and `cuda_sim`: what is done to every number alone. Their formulas are in gelu.hpp,
// residual.hpp, scale.hpp and dropout.hpp.
//
// Such a kernel is as fast as memory: a thread moves sixteen bytes at once, computes in float, and is done. The plain form,
// one number a thread, is the same template with Count = 1; it also serves arrays that do not begin at a multiple of 16.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/dropout.hpp>
#include <stepgpt/kernel/gelu_element.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

struct gelu_of {
    template <class Sum>
    __device__ Sum operator()(Sum x) const { return gelu_element(x); }
};
struct gelu_back {
    template <class Sum>
    __device__ Sum operator()(Sum dy, Sum x) const { return dy * gelu_slope_element(x); }
};
struct sum_of_two {
    template <class Sum>
    __device__ Sum operator()(Sum a, Sum b) const { return a + b; }
};
struct scaled_by {
    double factor;

    template <class Sum>
    __device__ Sum operator()(Sum x) const { return x * static_cast<Sum>(factor); }
};

// y[i] = f(a[i]) or f(a[i], b[i]). y may be one of them.
template <int Count, class Real, class Function>
__global__ void map_one(const Real* a, Real* y, std::size_t n, Function f) {
    using Sum = accumulator<Real>;
    const std::size_t i = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Count;
    if (i >= n) return;
    pack<Real, Count> numbers = load<Count>(a + i);
    for (int j = 0; j < Count; ++j) numbers.at[j] = rounded<Real>(f(static_cast<Sum>(numbers.at[j])));
    store(y + i, numbers);
}

template <int Count, class Real, class Function>
__global__ void map_two(const Real* a, const Real* b, Real* y, std::size_t n, Function f) {
    using Sum = accumulator<Real>;
    const std::size_t i = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Count;
    if (i >= n) return;
    pack<Real, Count> numbers = load<Count>(a + i);
    const pack<Real, Count> others = load<Count>(b + i);
    for (int j = 0; j < Count; ++j)
        numbers.at[j] = rounded<Real>(f(static_cast<Sum>(numbers.at[j]), static_cast<Sum>(others.at[j])));
    store(y + i, numbers);
}

// Element i is kept if word i of the mask's random numbers is not below the threshold: the same elements as on every device.
template <int Count, class Real>
__global__ void apply_mask(const Real* x, Real* y, std::size_t n, random_numbers given, std::uint64_t first,
                           std::uint32_t threshold, accumulator<Real> kept, const std::uint32_t* step_there) {
    using Sum = accumulator<Real>;
    const random_numbers draws = step_there ? given.at_step(*step_there) : given;
    const std::size_t i = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Count;
    if (i >= n) return;
    pack<Real, Count> numbers = load<Count>(x + i);
    const auto apply = [&](int j, std::uint32_t word) {
        numbers.at[j] = rounded<Real>(static_cast<Sum>(numbers.at[j]) * (word < threshold ? Sum(0) : kept));
    };
    if (Count % 4 == 0 && first % 4 == 0) {                         // a block of random bits has words for four neighbours
        for (int j = 0; j < Count; j += 4) {
            const auto words = draws.block((first + i + j) / 4);
            for (int k = 0; k < 4 && j + k < Count; ++k) apply(j + k, words[k]);
        }
    } else {
        for (int j = 0; j < Count; ++j) apply(j, draws.bits(first + i + j));
    }
    store(y + i, numbers);
}

inline constexpr unsigned element_threads = 256;

template <class Real>
void gelu_forward(gpu, const Real* x, Real* y, std::size_t n) {
    if (n == 0) return;
    constexpr int P = pack_size<Real>;
    const auto run = [&](auto kernel, std::size_t packs) {
        launch(kernel, blocks_for(packs, element_threads), element_threads, 0, x, y, n, gelu_of{});
    };
    if (in_packs(n, x, y)) run(map_one<P, Real, gelu_of>, n / P);
    else run(map_one<1, Real, gelu_of>, n);
}

template <class Function, class Real>
void launch_map_two(const Real* a, const Real* b, Real* y, std::size_t n) {
    if (n == 0) return;
    constexpr int P = pack_size<Real>;
    if (in_packs(n, a, b, y))
        launch(map_two<P, Real, Function>, blocks_for(n / P, element_threads), element_threads, 0, a, b, y, n, Function{});
    else launch(map_two<1, Real, Function>, blocks_for(n, element_threads), element_threads, 0, a, b, y, n, Function{});
}

template <class Real>
void gelu_backward(gpu, const Real* dy, const Real* x, Real* dx, std::size_t n) {
    launch_map_two<gelu_back>(dy, x, dx, n);
}

template <class Real>
void residual_forward(gpu, const Real* a, const Real* b, Real* y, std::size_t n) {
    launch_map_two<sum_of_two>(a, b, y, n);
}

template <class Real>
void scale_in_place(gpu, Real* x, double factor, std::size_t n) {
    if (n == 0) return;
    constexpr int P = pack_size<Real>;
    const scaled_by f{factor};
    if (in_packs(n, x, x)) launch(map_one<P, Real, scaled_by>, blocks_for(n / P, element_threads), element_threads, 0, x, x, n, f);
    else launch(map_one<1, Real, scaled_by>, blocks_for(n, element_threads), element_threads, 0, x, x, n, f);
}

template <class Real>
void dropout_apply(gpu, const Real* x, Real* y, const dropout_mask& mask, std::size_t n) {
    if (n == 0) return;
    constexpr int P = pack_size<Real>;
    const auto threshold = static_cast<std::uint32_t>(mask.p * 0x1p32);
    const auto kept = static_cast<accumulator<Real>>(1 / (1 - mask.p));
    if (in_packs(n, x, y))
        launch(apply_mask<P, Real>, blocks_for(n / P, element_threads), element_threads, 0, x, y, n, mask.numbers, mask.first,
               threshold, kept, mask.step_there);
    else launch(apply_mask<1, Real>, blocks_for(n, element_threads), element_threads, 0, x, y, n, mask.numbers, mask.first,
               threshold, kept, mask.step_there);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
