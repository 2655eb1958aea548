// Tensors: xtensor containers, row-major, of fixed rank, aligned for SIMD. The only file that includes xtensor.
//
// xtensor holds, shapes, prints and loads; it does not compute in the library. Kernels take `x.data()` and sizes.
// (Lazy xtensor expressions cannot be stepped through, and a lazy reducer with keep_dims inside a broadcast gives wrong
// numbers without a word, in 0.24 and in 0.27: assign a reducer to a container on its own line, always.)
// Bridges xtensor 0.24/0.25 (flat headers) and 0.26/0.27 (folders).
//
// Not here: tensors on a GPU; cuda/ specialises tensor_of for them.
#pragma once

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#elif __has_include(<xtensor/xtensor.hpp>)
#include <xtensor/xtensor.hpp>
#else
#error "xtensor not found. Debian, Ubuntu: apt-get install libxtensor-dev libxsimd-dev   conda, vcpkg: xtensor xsimd"
#endif

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <tuple>
#include <type_traits>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

// Memory on cache-line boundaries: an AVX-512 load that crosses one costs twice.
template <class T>
struct cache_line_allocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    cache_line_allocator() = default;
    template <class U>
    cache_line_allocator(const cache_line_allocator<U>&) noexcept {}

    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
    void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, alignment); }
    friend bool operator==(const cache_line_allocator&, const cache_line_allocator&) { return true; }
    friend bool operator!=(const cache_line_allocator&, const cache_line_allocator&) { return false; }
};

// The container for elements T of rank N on a device. Its elements are not set when it is made or resized.
template <class T, std::size_t N, class Device>
struct tensor_of;

template <class T, std::size_t N, std::derived_from<cpu> Device>
struct tensor_of<T, N, Device> {
    using type = xt::xtensor_container<xt::uvector<T, cache_line_allocator<T>>, N, xt::layout_type::row_major>;
};

template <class T, std::size_t N, class Device = simd>
using tensor = typename tensor_of<T, N, Device>::type;

using token = std::int32_t;                       // an index into the vocabulary; negative: a target to ignore

template <class Device = simd>
using token_ids = tensor<token, 2, Device>;       // (B, T)

// Gives x this shape; memory is taken only when the shape changes, so a steady-state step takes none.
template <class Tensor, std::size_t N>
void resize(Tensor& x, const std::size_t (&shape)[N]) {
    static_assert(N == std::tuple_size_v<std::remove_cvref_t<decltype(x.shape())>>, "as many extents as the tensor has dimensions");
    if (!std::equal(shape, shape + N, x.shape().begin())) {
        std::array<std::size_t, N> extents;
        std::copy(shape, shape + N, extents.begin());
        x.resize(extents);
    }
}

// The same for logits (...,V). Their rows follow each other on a CPU, and on a GPU as it likes them (cuda/tensor.cuh).
template <class Tensor, std::size_t N>
void resize_logits(Tensor& x, const std::size_t (&shape)[N]) {
    resize(x, shape);
}

template <class Tensor>
void fill(Tensor& x, typename Tensor::value_type value) {
    std::fill(x.data(), x.data() + x.size(), value);
}

}  // namespace stepgpt
