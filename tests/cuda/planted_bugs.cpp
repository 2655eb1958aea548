// Kernels that are wrong on purpose: the simulator must find each of them, and say nothing about those that are right.
// (What ends the program is in tests/simulator: accesses out of bounds, unaligned vectors, a stack that overflows.)
#include "support.hpp"

#include <cmath>
#include <functional>
#include <string>

#include <stepgpt/cuda/ptx.cuh>

using namespace stepgpt;

namespace {

// clang-format off
template <class Real> __global__ void row_maximum_and_sum(Real* y, const Real* x, int width, bool with_barrier) {
    __shared__ Real partial[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    Real largest = -INFINITY, sum = 0;
    for (int c = threadIdx.x; c < width; c += blockDim.x) largest = x[c] > largest ? x[c] : largest;
    for (int bits = 16; bits > 0; bits /= 2) { const Real other = __shfl_xor_sync(0xffffffffu, largest, bits); largest = other > largest ? other : largest; }
    if (lane == 0) partial[warp] = largest;
    __syncthreads();
    for (int w = 0; w < warps; ++w) largest = partial[w] > largest ? partial[w] : largest;
    if (with_barrier) __syncthreads();
    for (int c = threadIdx.x; c < width; c += blockDim.x) sum += exp(x[c] - largest);
    for (int bits = 16; bits > 0; bits /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, bits);
    if (lane == 0) partial[warp] = sum;
    __syncthreads();
    for (int c = threadIdx.x; c < width; c += blockDim.x) y[c] = exp(x[c] - largest) / partial[warps - 1];
}
template <class Real> __global__ void barrier_in_one_branch(Real* y) {
    if (threadIdx.x < 7) __syncthreads();
    y[threadIdx.x] = 1;
    __syncthreads();
}
template <class Real> __global__ void barrier_in_both_branches(Real* y) {
    if (threadIdx.x < 7) { __syncthreads(); y[threadIdx.x] = 1; } else { __syncthreads(); y[threadIdx.x] = 2; }
}
template <class Real> __global__ void barrier_after_return(Real* y, int n) {
    if (static_cast<int>(threadIdx.x) >= n) return;
    y[threadIdx.x] = 1;
    __syncthreads();
}
template <class Real> __global__ void half_a_warp(Real* y, unsigned mask) {
    Real value = y[threadIdx.x];
    if (threadIdx.x % 32 < 16) value = __shfl_xor_sync(mask, value, 1);
    __syncthreads();
    y[threadIdx.x] = value;
}
template <class Real> __global__ void mask_without_me(Real* y) { y[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, y[threadIdx.x], 1); }
template <class Real> __global__ void from_a_lane_that_is_not_there(Real* y) { y[threadIdx.x] = __shfl_down_sync(0xffffffffu, y[threadIdx.x], 16); }
template <class Real> __global__ void missing_syncwarp(Real* y) {
    __shared__ Real kept[32];
    kept[threadIdx.x] = static_cast<Real>(threadIdx.x);
    y[threadIdx.x] = kept[(threadIdx.x + 1) % 32];
}
template <class Real> __global__ void unwritten_dynamic(Real* y) {
    STEPGPT_DYNAMIC_SHARED(Real, kept);
    if (threadIdx.x != 5) kept[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = kept[threadIdx.x];
}
template <class Real> __global__ void unwritten_static(Real* y) {
    __shared__ Real kept[32];
    y[blockIdx.x * 32 + threadIdx.x] = kept[threadIdx.x];
    __syncthreads();
    kept[threadIdx.x] = static_cast<Real>(blockIdx.x);
}
template <class Real> __global__ void off_by_one_in_shared(Real* y) {
    STEPGPT_DYNAMIC_SHARED(Real, kept);
    kept[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = kept[threadIdx.x + 1];
}
template <class Real> __global__ void reads_another_block(Real* y) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = i < 32 ? Real(1) : y[i - 32] + Real(1);
}
template <class Real> __global__ void float_atomics(Real* sum, const Real* x) { atomicAdd(sum, x[blockIdx.x * blockDim.x + threadIdx.x]); }
template <class Real> __global__ void copy_in_background(Real* y, const Real* x, bool waits) {
    STEPGPT_DYNAMIC_SHARED(Real, kept);
    cp_async_16(kept + 4 * threadIdx.x, x + 4 * threadIdx.x);
    cp_async_commit();
    if (waits) cp_async_wait<0>();
    __syncthreads();
    for (int i = 0; i < 4; ++i) y[4 * threadIdx.x + i] = kept[4 * blockDim.x - 1 - 4 * threadIdx.x - i];
}
// clang-format on

// What the schedules showed: "stopped" (an error), "nan", "bits" (not the same under all of them), or "right".
std::string found(std::size_t size, const std::function<void(std::vector<float>&)>& run) {
    bool stopped = false, nan = false, moved = false;
    std::vector<float> first;
    for (const auto& schedule : sim::schedules) {
        const sim::scheduled use(schedule);
        std::vector<float> y(size, 0.5f);
        try {
            run(y);
        } catch (const error&) {
            stopped = true;
            continue;
        }
        if (first.empty()) first = y;
        moved = moved || !test::equal_bits(first, y);
        for (const float value : y) nan = nan || std::isnan(value);
    }
    return stopped ? "stopped" : nan ? "nan" : moved ? "bits" : "right";
}

}  // namespace

TEST_CASE("planted: barriers") {
    const auto x = test::device_numbers(257, 1);
    CHECK(found(257, [&](auto& y) { launch(row_maximum_and_sum<float>, 1, 128, 0, y.data(), x.data(), 257, true); }) == "right");
    CHECK(found(257, [&](auto& y) { launch(row_maximum_and_sum<float>, 1, 128, 0, y.data(), x.data(), 257, false); }) == "bits");
    CHECK(found(64, [](auto& y) { launch(barrier_in_one_branch<float>, 1, 64, 0, y.data()); }) == "stopped");
    CHECK(found(64, [](auto& y) { launch(barrier_in_both_branches<float>, 1, 64, 0, y.data()); }) == "stopped");
    CHECK(found(64, [](auto& y) { launch(barrier_after_return<float>, 1, 64, 0, y.data(), 50); }) == "stopped");
    CHECK(found(32, [](auto& y) { launch(missing_syncwarp<float>, 1, 32, 0, y.data()); }) == "bits");
}

TEST_CASE("planted: warps") {
    CHECK(found(64, [](auto& y) { launch(half_a_warp<float>, 1, 64, 0, y.data(), 0xffffffffu); }) == "stopped");
    CHECK(found(64, [](auto& y) { launch(half_a_warp<float>, 1, 64, 0, y.data(), 0x0000ffffu); }) == "right");
    CHECK(found(64, [](auto& y) { launch(mask_without_me<float>, 1, 64, 0, y.data()); }) == "stopped");
    CHECK(found(20, [](auto& y) { launch(from_a_lane_that_is_not_there<float>, 1, 20, 0, y.data()); }) == "nan");
}

TEST_CASE("planted: memory that nobody wrote, or somebody else") {
    const auto x = test::device_numbers(64 * 32, 2);
    CHECK(found(32, [](auto& y) { launch(unwritten_dynamic<float>, 1, 32, 128, y.data()); }) == "nan");
    CHECK(found(128, [](auto& y) { launch(unwritten_static<float>, 4, 32, 0, y.data()); }) == "bits");
    CHECK(found(32, [](auto& y) { launch(off_by_one_in_shared<float>, 1, 32, 128, y.data()); }) == "nan");
    CHECK(found(128, [](auto& y) { launch(reads_another_block<float>, 4, 32, 0, y.data()); }) == "bits");
    CHECK(found(1, [&](auto& y) { launch(float_atomics<float>, 64, 32, 0, y.data(), x.data()); }) == "bits");
    CHECK(found(256, [&](auto& y) { launch(copy_in_background<float>, 1, 64, 1024, y.data(), x.data(), true); }) == "right");
    CHECK(found(256, [&](auto& y) { launch(copy_in_background<float>, 1, 64, 1024, y.data(), x.data(), false); }) == "nan");
}

TEST_CASE("planted: the message names two threads and their lines, and the simulator goes on") {
    std::vector<float> y(64);
    try {
        launch(barrier_in_both_branches<float>, 1, 64, 0, y.data());
        FAIL("not found");
    } catch (const error& e) {
        const std::string text = e.what();
        CAPTURE(text);
        CHECK(text.find("divergent __syncthreads") != std::string::npos);
        CHECK(text.find("thread (0,0,0) at planted_bugs.cpp:") != std::string::npos);
        CHECK(text.find("thread (7,0,0) at planted_bugs.cpp:") != std::string::npos);
    }
    launch(half_a_warp<float>, 1, 64, 0, y.data(), 0x0000ffffu);
}
