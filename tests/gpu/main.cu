// The same tests as in tests/cuda, on a GPU. Exit code 0: all passed, 1: some failed, 77: there is no GPU, which is a
// skip and never a pass. Where a GPU is expected STEPGPT_REQUIRE_GPU=1 makes its absence a failure.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <cuda_runtime.h>

int main(int argc, char** argv) {
    int devices = 0;
    const cudaError_t result = cudaGetDeviceCount(&devices);
    // A driver that is there but broken is a failure like any other.
    if (result == cudaErrorNoDevice || result == cudaErrorInsufficientDriver ||
        (result == cudaSuccess && devices == 0)) {
        const char* const wanted = std::getenv("STEPGPT_REQUIRE_GPU");
        const bool required = wanted && *wanted && std::string(wanted) != "0";
        std::printf("%s: no GPU here (%s)\n", required ? "FAILED" : "skipped", cudaGetErrorString(result));
        return required ? 1 : 77;
    }
    cudaDeviceProp device{};
    if (result != cudaSuccess || cudaGetDeviceProperties(&device, 0) != cudaSuccess) {
        std::printf("FAILED: %s\n", cudaGetErrorString(result != cudaSuccess ? result : cudaGetLastError()));
        return 1;
    }
    std::printf("%s, compute capability %d.%d\n", device.name, device.major, device.minor);
    return doctest::Context(argc, argv).run();
}
