// The GPU itself: can kernels run on it, what is it called, how much of its memory is free?
//
// Not here: how much a training run needs (train/memory.hpp).
#pragma once

#include <unistd.h>

#include <cstddef>
#include <string>

#include <stepgpt/cuda/memory.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// What cudaGetDeviceCount and a device's properties say, as an error; nothing if kernels can run.
// `least` is 75 for float, 80 for bf16.
inline void expect_usable(bool driver, int devices, int major, int minor, int least, const std::string& said) {
    const std::string capability = std::to_string(major) + "." + std::to_string(minor);
    if (!driver)
        throw error({.where = "--device cuda", .found = "no NVIDIA driver, or one too old for this program (" + said + ")",
                     .wanted = "a driver as new as the CUDA toolkit it was built with", .hint = "--device simd needs none"});
    if (devices == 0)
        throw error({.where = "--device cuda", .found = "no GPU (" + said + ")", .wanted = "an NVIDIA GPU",
                     .hint = "--device simd runs without; CUDA_VISIBLE_DEVICES may hide one"});
    if (major * 10 + minor < least)
        throw error({.where = "--device cuda", .found = "a GPU of compute capability " + capability,
                     .wanted = least < 80 ? "7.5 or later (Turing, 2018)" : "8.0 or later (Ampere, 2020) for bf16",
                     .hint = major * 10 + minor >= 75 ? "--precision float" : "--device simd runs on the processor"});
}

// The same of a program that holds no code for this GPU, which CUDA says at the first kernel only.
inline void expect_code(bool there, int major, int minor, const std::string& said) {
    if (there) return;
    const std::string capability = std::to_string(major) + "." + std::to_string(minor);
    throw error({.where = "--device cuda",
                 .found = "a program without code for compute capability " + capability + " (" + said + ")",
                 .wanted = "one that was built for this GPU",
                 .hint = "build it with -D CMAKE_CUDA_ARCHITECTURES=" + std::to_string(10 * major + minor)});
}

#ifdef __CUDACC__

template <class Real>
__global__ void any_kernel(Real*) {}

// Throws one clear error if kernels on Real cannot run here.
template <class Real>
void expect_device(gpu) {
    int devices = 0;
    const cudaError_t result = cudaGetDeviceCount(&devices);
    const bool absent = result == cudaErrorNoDevice, no_driver = result == cudaErrorInsufficientDriver;
    if (!absent && !no_driver) cuda_check(result, "looking for a GPU");
    cudaDeviceProp about{};
    if (result == cudaSuccess && devices > 0) cuda_check(cudaGetDeviceProperties(&about, 0), "asking the GPU what it is");
    expect_usable(!no_driver, absent ? 0 : devices, about.major, about.minor, sizeof(Real) == 2 ? 80 : 75,
                  cudaGetErrorString(result));
    cudaFuncAttributes attributes{};
    const cudaError_t code = cudaFuncGetAttributes(&attributes, any_kernel<Real>);
    if (code != cudaErrorNoKernelImageForDevice && code != cudaErrorInvalidDeviceFunction) cuda_check(code, "looking for a kernel");
    cudaGetLastError();
    expect_code(code == cudaSuccess, about.major, about.minor, cudaGetErrorString(code));
}

inline std::string device_name(gpu) {
    cudaDeviceProp about{};
    if (cudaGetDeviceProperties(&about, 0) != cudaSuccess) return "cuda";
    return std::string("cuda: ") + about.name + ", " + device_bytes(static_cast<double>(about.totalGlobalMem));
}

inline double available_memory(gpu) {
    std::size_t free = 0, total = 0;
    cuda_check(cudaMemGetInfo(&free, &total), "asking how much memory is free");
    return static_cast<double>(free);
}

#else

template <class Real>
void expect_device(gpu) {}
inline std::string device_name(gpu) { return "cuda_sim (CUDA kernels on the processor, to be read and tested, not to be fast)"; }
inline double available_memory(gpu) {
    return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

#endif

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
