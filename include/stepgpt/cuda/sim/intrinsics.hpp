// CUDA's operations between the lanes of a warp, and its atomics, under CUDA's names.
//
// Not here: what assumes that lanes move together (__activemask, shuffles without a mask).
#pragma once

#include <atomic>

#include <stepgpt/cuda/sim/barrier.hpp>
#include <stepgpt/cuda/sim/fiber.hpp>

namespace stepgpt::sim {
inline int lane() { return running.current->lane; }
}  // namespace stepgpt::sim

// `width`, a power of two: the warp falls into groups of that many lanes, and nothing crosses their borders.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    return stepgpt::sim::shuffle(mask, value, (stepgpt::sim::lane() & ~(width - 1)) | (source & (width - 1)));
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
    const int lane = stepgpt::sim::lane(), source = lane ^ bits;
    return stepgpt::sim::shuffle(mask, value, source < (lane & ~(width - 1)) + width ? source : lane);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int distance, int width = 32) {
    const int lane = stepgpt::sim::lane();
    return stepgpt::sim::shuffle(mask, value, (lane & (width - 1)) + distance < width ? lane + distance : lane);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int distance, int width = 32) {
    const int lane = stepgpt::sim::lane();
    return stepgpt::sim::shuffle(mask, value, (lane & (width - 1)) >= distance ? lane - distance : lane);
}

inline unsigned __ballot_sync(unsigned mask, int yes) { return stepgpt::sim::ballot(mask, yes != 0); }
inline int __any_sync(unsigned mask, int yes) { return stepgpt::sim::ballot(mask, yes != 0) != 0; }
inline int __all_sync(unsigned mask, int yes) { return stepgpt::sim::ballot(mask, yes == 0) == 0; }

// Of floats, the order of the sum is the order of the threads: the bits differ between schedules, as they do on a GPU.
template <class T>
T atomicAdd(T* to, T value) {
    return std::atomic_ref<T>(*to).fetch_add(value, std::memory_order_relaxed);
}
template <class T>
T atomicMax(T* to, T value) {
    T before = *to;
    while (before < value && !std::atomic_ref<T>(*to).compare_exchange_weak(before, value)) {}
    return before;
}
inline void __threadfence() {}
template <class T>
T __ldg(const T* from) {
    return *from;
}
