// CUDA's words as plain C++: __global__, __shared__, dim3, threadIdx and the vectors that kernels load at once.
//
// Not here: what they do; barriers are in barrier.hpp, shuffles in intrinsics.hpp.
#pragma once

#include <math.h>   // puts the float overloads of exp, tanh and sqrt in the global namespace, where CUDA has them

#include <algorithm>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __shared__ static thread_local   // the blocks of a launch run one after the other: one copy serves them all

struct alignas(8) uint2 {
    unsigned x, y;
};
struct uint3 {
    unsigned x = 0, y = 0, z = 0;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct dim3 {
    unsigned x = 1, y = 1, z = 1;
    constexpr dim3(unsigned its_x = 1, unsigned its_y = 1, unsigned its_z = 1) : x(its_x), y(its_y), z(its_z) {}
};

using std::max;   // CUDA has them in the global namespace, too
using std::min;

inline constexpr int warpSize = 32;
inline thread_local uint3 threadIdx, blockIdx;
inline thread_local dim3 blockDim, gridDim;
