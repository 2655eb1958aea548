// Between the memory of the program and that of a device: four functions, by which layers, optimizers and files reach
// numbers without asking where they lie.
//
// For cpu and simd both memories are one, and a copy is a copy. cuda/memory.cuh has the same for a GPU.
#pragma once

#include <algorithm>
#include <cstddef>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

template <class T>
void to_device(cpu, const T* here, T* there, std::size_t n) {
    std::copy_n(here, n, there);
}

// When it returns, the numbers are here.
template <class T>
void to_host(cpu, const T* there, T* here, std::size_t n) {
    std::copy_n(there, n, here);
}

template <class T>
void copy_on_device(cpu, const T* from, T* to, std::size_t n) {
    std::copy_n(from, n, to);
}

template <class T>
void set_to_zero(cpu, T* there, std::size_t n) {
    std::fill_n(there, n, T(0));
}

}  // namespace stepgpt
