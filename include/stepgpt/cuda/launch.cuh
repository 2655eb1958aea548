// Starting a kernel, whichever compiler reads it: nvcc builds it for a GPU, any C++ compiler for the simulator.
//
//     template <class Real> __global__ void twice(Real* y, const Real* x, int n) { ... }
//     launch(twice<float>, blocks_for(n, 256), 256, 0, y, x, n);              // grid, block, bytes of dynamic shared memory
//     launch(on, twice<float>, blocks_for(n, 256), 256, 0, y, x, n);          // on a stream of one's own
//
// Kernels are templates: a plain __global__ function in a header would be defined twice. They live in an inline namespace
// that differs between compilers, so that one program can hold the real and the simulated build of a kernel.
// `gpu` is the tag of the device that this compiler builds for: `cuda`, or `cuda_sim`.
// This file, memory.cuh and record.cuh are those that ask which compiler reads, and ptx.cuh and mma.cuh for single instructions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/error.hpp>

#ifdef __CUDACC__

#include <cuda_runtime.h>

#define STEPGPT_CUDA_FLAVOUR compiled
#define STEPGPT_UNROLL _Pragma("unroll")   // a loop over registers: their numbers must be known
#define STEPGPT_DYNAMIC_SHARED(T, name)                          \
    extern __shared__ __align__(128) unsigned char name##_raw[]; \
    T* name = reinterpret_cast<T*>(name##_raw)

namespace stepgpt {
struct cuda {};
using gpu = cuda;
}  // namespace stepgpt

#else

#include <stepgpt/cuda/sim.hpp>

#define STEPGPT_CUDA_FLAVOUR simulated
#define STEPGPT_UNROLL

namespace stepgpt {
struct cuda_sim {};
using gpu = cuda_sim;
}  // namespace stepgpt

#endif

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Blocks of `each` that cover n, at least one: a grid may not be empty.
inline unsigned blocks_for(std::size_t n, std::size_t each) {
    return n == 0 ? 1 : static_cast<unsigned>((n + each - 1) / each);
}

#ifdef __CUDACC__

using stream_handle = cudaStream_t;

// Throws unless a call of the CUDA runtime went well.
inline void cuda_check(cudaError_t result, const char* what) {
    if (result != cudaSuccess)
        throw error({.where = "cuda", .subject = what, .found = cudaGetErrorString(result), .wanted = "success"});
}

template <class... P, class... A>
void launch(stream_handle on, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, A... arguments) {
    if (shared_bytes > 48 * 1024)   // more has to be asked for
        cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes)),
                   "dynamic shared memory of a kernel");
    kernel<<<grid, block, shared_bytes, on>>>(static_cast<P>(arguments)...);
    if (const cudaError_t result = cudaGetLastError(); result != cudaSuccess)
        throw error({.where = "cuda",
                     .subject = "launch of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
                                std::to_string(grid.z) + " blocks of " + std::to_string(block.x * block.y * block.z) + " threads",
                     .found = cudaGetErrorString(result),
                     .wanted = "success"});
}

#else

using std::max, std::min;   // CUDA has them without a namespace

struct stream_handle {};   // the simulator has finished a kernel when launch returns

template <class... P, class... A>
void launch(stream_handle, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, A... arguments) {
    sim::make_or_record([=, all = std::tuple<P...>(static_cast<P>(arguments)...)] {
        sim::run_grid(kernel, grid, block, shared_bytes, all);
    });
}

#endif

// The stream on which the calling thread's kernels run: the device's default one, unless they are being recorded (record.cuh).
inline stream_handle& current_stream() {
    static thread_local stream_handle handle{};
    return handle;
}

template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, A... arguments) {
    launch(current_stream(), kernel, grid, block, shared_bytes, arguments...);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
