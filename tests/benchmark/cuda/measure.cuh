// What the benchmarks of CUDA kernels share: random numbers on the device, the time of a call, and a row of the table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/memory.cuh>

namespace benchmarks {

// Uniform in [-1, 1), never zeros: a GPU multiplies zeros faster than numbers.
template <class Real>
__global__ void fill_at_random(Real* to, std::size_t n, std::uint32_t seed) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        std::uint32_t x = static_cast<std::uint32_t>(i) * 747796405u + seed;   // PCG's output function (O'Neill 2014)
        x = ((x >> ((x >> 28) + 4)) ^ x) * 277803737u;
        to[i] = static_cast<Real>(static_cast<float>((x >> 22) ^ x) * 0x1p-31f - 1.0f);
    }
}

template <class Real>
stepgpt::device_buffer<Real> random_numbers_on_device(std::size_t n) {
    static std::uint32_t seed = 1;
    stepgpt::device_buffer<Real> x(n);
    stepgpt::launch(fill_at_random<Real>, 1024, 256, 0, x.data(), n, seed++);
    return x;
}

// The median time of a call in seconds, by events around each of 15 calls, after 3 that nobody times.
template <class Call>
double seconds_of(Call&& call) {
    using stepgpt::cuda_check;
    cudaEvent_t begin{}, end{};
    cuda_check(cudaEventCreate(&begin), "cudaEventCreate");
    cuda_check(cudaEventCreate(&end), "cudaEventCreate");
    for (int i = 0; i < 3; ++i) call();
    std::vector<double> times;
    for (int i = 0; i < 15; ++i) {
        cuda_check(cudaEventRecord(begin, stepgpt::current_stream()), "cudaEventRecord");
        call();
        cuda_check(cudaEventRecord(end, stepgpt::current_stream()), "cudaEventRecord");
        cuda_check(cudaEventSynchronize(end), "cudaEventSynchronize");
        float milliseconds = 0;
        cuda_check(cudaEventElapsedTime(&milliseconds, begin, end), "cudaEventElapsedTime");
        times.push_back(milliseconds * 1e-3);
    }
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

// The two ceilings of this card, and rows that are measured against them.
struct table {
    double copy = 0, product = 0;   // bytes a second, read and written; operations a second
    int reached = 0, below = 0;     // kernels that move 85 % of what a copy moves, and others

    void heading(const char* device) const {
        std::printf("%s: copies %.2f TB/s, multiplies %.0f TFLOP/s (bf16, 8192^3, cuBLASLt)\n\n%-44s %10s %14s %8s\n",
                    device, copy * 1e-12, product * 1e-12, "", "ms", "", "of most");
    }
    void moves(const std::string& name, double bytes, double seconds) {
        const bool slow = bytes / seconds < 0.85 * copy;
        std::printf("%-44s %10.3f %9.0f GB/s %7.0f %%%s\n", name.c_str(), seconds * 1e3, bytes / seconds * 1e-9,
                    100 * bytes / seconds / copy, slow ? "  below 85 %" : "");
        std::fflush(stdout);
        (slow ? below : reached) += 1;
    }
    void verdict() const { std::printf("%d of %d kernels reach 85 %% of the copy\n\n", reached, reached + below); }
    void computes(const std::string& name, double operations, double seconds) const {
        std::printf("%-44s %10.3f %6.1f TFLOP/s %7.0f %%\n", name.c_str(), seconds * 1e3, operations / seconds * 1e-12,
                    100 * operations / seconds / product);
    }
};

}  // namespace benchmarks
