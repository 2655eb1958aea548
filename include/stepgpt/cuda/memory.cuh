// Memory of a device: taken, returned, copied, and set to zero. cuda/sim/memory.hpp says what the simulator's is.
//
// Copies and kernels run in the order in which they are called (launch.cuh: current_stream).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <stepgpt/cuda/launch.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// "1.2 GB"
inline std::string device_bytes(double bytes) {
    const bool giga = bytes >= 1e9;
    std::string digits = std::to_string(giga ? bytes / 1e9 : bytes / 1e6);
    digits.resize(digits.find('.') + (giga ? 3 : 2));
    return digits + (giga ? " GB" : " MB");
}

#ifdef __CUDACC__

inline void* device_allocate(std::size_t bytes) {
    void* memory = nullptr;
    const cudaError_t result = cudaMalloc(&memory, bytes);
    if (result == cudaErrorMemoryAllocation) {
        cudaGetLastError();   // forget it: the device is well
        std::size_t free = 0, total = 0;
        cudaMemGetInfo(&free, &total);
        throw error({.where = "cuda", .subject = "device memory",
                     .found = device_bytes(static_cast<double>(free)) + " free of " + device_bytes(static_cast<double>(total)),
                     .wanted = device_bytes(static_cast<double>(bytes)) + " more",
                     .hint = "take a smaller --batch-size, --block-size or model; what other programs hold is not free either"});
    }
    cuda_check(result, "cudaMalloc");
    return memory;
}
inline void device_free(void* memory) noexcept { cudaFree(memory); }

inline void device_wait() { cuda_check(cudaStreamSynchronize(current_stream()), "the kernels so far"); }

template <class T>
void to_device(gpu, const T* here, T* there, std::size_t n) {
    cuda_check(cudaMemcpyAsync(there, here, n * sizeof(T), cudaMemcpyHostToDevice, current_stream()), "copy to the device");
}
template <class T>
void to_host(gpu, const T* there, T* here, std::size_t n) {
    cuda_check(cudaMemcpyAsync(here, there, n * sizeof(T), cudaMemcpyDeviceToHost, current_stream()), "copy from the device");
    device_wait();
}
template <class T>
void set_to_zero(gpu, T* there, std::size_t n) {
    cuda_check(cudaMemsetAsync(there, 0, n * sizeof(T), current_stream()), "set to zero");
}
template <class T>
void copy_on_device(gpu, const T* from, T* to, std::size_t n) {
    cuda_check(cudaMemcpyAsync(to, from, n * sizeof(T), cudaMemcpyDeviceToDevice, current_stream()), "copy on the device");
}

#else

inline void* device_allocate(std::size_t bytes) {
    sim::expect_not_recording("taking device memory");
    return sim::allocate_on_device(bytes);
}
inline void device_free(void* memory) noexcept { sim::free_on_device(memory); }

inline void device_wait() {}

template <class T>
void to_device(gpu, const T* here, T* there, std::size_t n) {
    sim::expect_not_recording("a copy to the device");
    const sim::device_access open;
    std::copy_n(here, n, there);
}
template <class T>
void to_host(gpu, const T* there, T* here, std::size_t n) {
    sim::expect_not_recording("a copy from the device");
    const sim::device_access open;
    std::copy_n(there, n, here);
}
template <class T>
void set_to_zero(gpu, T* there, std::size_t n) {
    sim::make_or_record([=] {
        const sim::device_access open;
        std::memset(static_cast<void*>(there), 0, n * sizeof(T));
    });
}
template <class T>
void copy_on_device(gpu, const T* from, T* to, std::size_t n) {
    sim::make_or_record([=] {
        const sim::device_access open;
        std::copy_n(from, n, to);
    });
}

#endif

// How often device memory has been taken or given back. Whoever keeps addresses (record.cuh) compares.
inline std::atomic<std::uint64_t>& device_memory_count() {
    static std::atomic<std::uint64_t> count{0};
    return count;
}
inline std::uint64_t device_memory_changes() { return device_memory_count(); }

// Owns n elements on the device; they are not set. Moves, does not copy.
template <class T>
class device_buffer {
public:
    device_buffer() = default;
    explicit device_buffer(std::size_t n) : data_(n ? static_cast<T*>(device_allocate(n * sizeof(T))) : nullptr), size_(n) {
        ++device_memory_count();
    }
    device_buffer(device_buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    device_buffer& operator=(device_buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~device_buffer() {
        if (!data_) return;
        device_free(data_);
        ++device_memory_count();
    }

    T* data() const { return data_; }
    std::size_t size() const { return size_; }

    // Takes memory only to become larger, and forgets what it held.
    void reserve(std::size_t n) {
        if (n <= size_) return;
        *this = device_buffer();   // first give back, then take
        *this = device_buffer(n);
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

// Working memory of a kernel on the device, as kernel/scratch.hpp has it on the host: it grows to the largest request and is
// then reused. `Owner` is any type that belongs to the kernel alone.
template <class T, class Owner>
T* device_scratch(std::size_t n) {
    static thread_local auto* const kept = new device_buffer<T>;   // never freed: the driver may be gone before this thread is
    kept->reserve(n);
    return kept->data();
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
