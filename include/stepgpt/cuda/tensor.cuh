// tensor<T, N, cuda> and tensor<T, N, cuda_sim>: a shape, and memory of the device. It moves, and does not copy.
//
// It has what layers ask of a tensor: shape, size, resize, data() (a pointer that only kernels may follow). Not here: elements;
// to_host and to_device (memory.cuh) bring them here and back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/cuda/memory.cuh>

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

    // What it held is lost. Memory is taken only to become larger than ever before.
    void resize(const shape_type& shape) {
        std::size_t size = 1;
        for (const std::size_t extent : shape) size *= extent;
        memory_.reserve(size);
        shape_ = shape;
        size_ = size;
    }

private:
    shape_type shape_{};
    std::size_t size_ = 0;
    device_buffer<T> memory_;
};

}  // namespace STEPGPT_CUDA_FLAVOUR

template <class T, std::size_t N>
struct tensor_of<T, N, gpu> {
    using type = device_tensor<T, N>;
};

// A tensor of the program, where one can read and print it.
template <class T, std::size_t N>
tensor<T, N, cpu> on_host(const device_tensor<T, N>& x) {
    tensor<T, N, cpu> here;
    here.resize(x.shape());
    to_host(gpu{}, x.data(), here.data(), x.size());
    return here;
}

}  // namespace stepgpt
