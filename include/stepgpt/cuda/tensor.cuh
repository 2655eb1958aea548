// tensor<T, N, cuda> and tensor<T, N, cuda_sim>: a shape, and memory of the device. It moves, and does not copy.
//
// It has what layers ask of a tensor: shape, size, resize, data() (a pointer that only kernels may follow). Not here: elements;
// to_host and to_device (memory.cuh) bring them here and back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/kernel/logits_stride.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class T, std::size_t N>
class device_tensor {
public:
    using value_type = T;
    using shape_type = std::array<std::size_t, N>;

    device_tensor() = default;

    const shape_type& shape() const { return shape_; }
    std::size_t shape(std::size_t i) const { return shape_[i]; }
    static constexpr std::size_t dimension() { return N; }
    std::size_t size() const { return size_; }
    T* data() { return memory_.data(); }
    const T* data() const { return memory_.data(); }

    // Numbers from one row, of the last extent, to the next: the extent itself, but for logits.
    std::size_t row_stride() const { return row_stride_; }

    // What it held is lost. Memory is taken only to become larger than ever before.
    void resize(const shape_type& shape) { resize(shape, shape[N - 1]); }
    void resize(const shape_type& shape, std::size_t row_stride) {
        std::size_t rows = 1;
        for (std::size_t i = 0; i + 1 < N; ++i) rows *= shape[i];
        memory_.reserve(rows * row_stride);
        shape_ = shape;
        size_ = rows * shape[N - 1];
        row_stride_ = row_stride;
    }

private:
    shape_type shape_{};
    std::size_t size_ = 0, row_stride_ = 0;
    device_buffer<T> memory_;
};

}  // namespace STEPGPT_CUDA_FLAVOUR

template <class T, std::size_t N>
struct tensor_of<T, N, gpu> {
    using type = device_tensor<T, N>;
};

// Logits (...,V), with rows that begin where a GPU likes them (kernel/logits_stride.cuh).
template <class T, std::size_t N>
void resize_logits(device_tensor<T, N>& x, const std::size_t (&shape)[N]) {
    std::array<std::size_t, N> extents;
    std::copy(shape, shape + N, extents.begin());
    x.resize(extents, logits_stride(shape[N - 1]));
}

// A tensor of the program, where one can read and print it.
template <class T, std::size_t N>
tensor<T, N, cpu> on_host(const device_tensor<T, N>& x) {
    tensor<T, N, cpu> here;
    here.resize(x.shape());
    const std::size_t width = x.shape(N - 1), rows = width ? x.size() / width : 0;
    if (x.row_stride() == width) {
        to_host(gpu{}, x.data(), here.data(), x.size());
        return here;
    }
    std::vector<T> apart(rows * x.row_stride());
    to_host(gpu{}, x.data(), apart.data(), apart.size());
    for (std::size_t r = 0; r < rows; ++r)
        std::copy_n(apart.data() + r * x.row_stride(), width, here.data() + r * width);
    return here;
}

}  // namespace stepgpt
