// Every PTX instruction that a kernel uses has a wrapper with two bodies: the instruction, and what the simulator does.
//
// The simulated body is unkind on purpose: cp.async copies nothing until the wait that covers it, so that a wait forgotten
// or too early leaves its mark. Here: cp.async, powers of two, rounding to bf16; what the tensor cores do is in mma.cuh.
// Source: NVIDIA, PTX ISA 9.0, sections 9.7.9.25 (asynchronous copy), 9.7.9.22 (cvt) and 9.7.3.21 (ex2).
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/launch.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Starts a copy of 16 bytes from global to shared memory; both addresses are multiples of 16. (sm_80 and later; before, it
// copies at once.)
__device__ inline void cp_async_16(void* shared, const void* global) {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800
    const auto address = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(global) : "memory");
#else
    *static_cast<uint4*>(shared) = *static_cast<const uint4*>(global);
#endif
#else
    if ((reinterpret_cast<std::uintptr_t>(shared) | reinterpret_cast<std::uintptr_t>(global)) & 15)
        throw error({.where = "cuda_sim", .subject = "cp.async", .found = "an address that is not a multiple of 16"});
    sim::fiber* const me = sim::running.current;
    me->copies.push_back({shared, global, 16, me->copy_group});
#endif
}

// The same, or 16 bytes of zero; `global` is a valid address in either case.
__device__ inline void cp_async_16_or_zero(void* shared, const void* global, bool wanted) {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800
    const auto address = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    const int bytes = wanted ? 16 : 0;   // what is missing of 16 is filled with zeros
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(global), "r"(bytes) : "memory");
#else
    *static_cast<uint4*>(shared) = wanted ? *static_cast<const uint4*>(global) : uint4{0, 0, 0, 0};
#endif
#else
    static const unsigned char zeros[16] = {};
    cp_async_16(shared, global);
    if (!wanted) sim::running.current->copies.back().from = zeros;
#endif
}

// Closes this thread's current group of copies.
__device__ inline void cp_async_commit() {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
#else
    ++sim::running.current->copy_group;
#endif
}

// Waits until at most `Newest` of this thread's groups are in flight. What other threads copied needs a barrier after this.
template <int Newest>
__device__ inline void cp_async_wait() {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(Newest) : "memory");
#endif
#else
    sim::fiber* const me = sim::running.current;
    std::erase_if(me->copies, [&](const sim::fiber::pending_copy& c) {
        if (c.group >= me->copy_group - Newest) return false;
        std::memcpy(c.to, c.from, c.bytes);
        return true;
    });
#endif
}

// 2^x, within 2 units in the last place; of minus infinity it is 0.
__device__ inline float power_of_two(float x) {
#ifdef __CUDACC__
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return std::exp2(x);
#endif
}

// Two numbers rounded to bf16 (to nearest, ties to even), `low` in the lower half.
__device__ inline std::uint32_t pack_bf16(float low, float high) {
#if defined(__CUDACC__) && __CUDA_ARCH__ >= 800
    std::uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    return bf16(low).bits | static_cast<std::uint32_t>(bf16(high).bits) << 16;
#endif
}

// A sum, rounded to the type that is kept.
template <class Real>
__device__ inline Real rounded(accumulator<Real> value) {
    return static_cast<Real>(value);
}
#ifdef __CUDACC__
template <>
__device__ inline bf16 rounded<bf16>(float value) {
#if __CUDA_ARCH__ >= 800
    bf16 number;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(number.bits) : "f"(value));
    return number;
#else
    return bf16(value);
#endif
}
#endif

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
