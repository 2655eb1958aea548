// Is there a GPU? Without one a program that needs it is skipped (exit code 77), which is never a pass; where a GPU is
// expected STEPGPT_REQUIRE_GPU=1 makes its absence a failure.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include <cuda_runtime.h>

// Prints the GPU's name, or ends the program with code 77 or 1.
inline void gpu_or_exit() {
    int devices = 0;
    const cudaError_t result = cudaGetDeviceCount(&devices);
    // A driver that is there but broken is a failure like any other.
    if (result == cudaErrorNoDevice || result == cudaErrorInsufficientDriver || (result == cudaSuccess && devices == 0)) {
        const char* const wanted = std::getenv("STEPGPT_REQUIRE_GPU");
        const bool required = wanted && *wanted && std::string(wanted) != "0";
        std::printf("%s: no GPU here (%s)\n", required ? "FAILED" : "skipped", cudaGetErrorString(result));
        std::exit(required ? 1 : 77);
    }
    cudaDeviceProp device{};
    if (result != cudaSuccess || cudaGetDeviceProperties(&device, 0) != cudaSuccess) {
        std::printf("FAILED: %s\n", cudaGetErrorString(result != cudaSuccess ? result : cudaGetLastError()));
        std::exit(1);
    }
    std::printf("%s, compute capability %d.%d\n", device.name, device.major, device.minor);
}
