// A CUDA thread as the simulator keeps it, its warp, and the block that is running.
//
// Invariant: a fiber is in exactly one state; `waiting` counts those at the block's barrier, a warp's `waiting` has the bits
// of its lanes that wait for each other, `alive` those that have not returned.
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <vector>

#include <stepgpt/cuda/sim/shared_memory.hpp>
#include <stepgpt/cuda/sim/stack.hpp>
#include <stepgpt/cuda/sim/words.hpp>

namespace stepgpt::sim {

// A place in the source. Two barriers on one line have different ids.
struct site {
    const char* file = nullptr;
    int line = 0, id = -1;
};

struct fiber {
    enum class state { fresh, ready, at_block_barrier, at_warp_barrier, done };

    state now = state::fresh;
    uint3 thread;
    int lane = 0, warp = 0;

    site where;            // of the __syncthreads() at which it waits
    unsigned mask = 0;     // the lanes for which it waits
    int source = -1;       // the lane whose value it wants; -1: none
    bool vote = false;
    unsigned ballot = 0;
    alignas(16) unsigned char sent[16], received[16];

    struct pending_copy {  // cp.async in flight: see ptx.cuh
        void* to;
        const void* from;
        std::size_t bytes;
        int group;
    };
    std::vector<pending_copy> copies;
    int copy_group = 0;

    stack_memory stack;
#ifdef STEPGPT_SIM_ASM
    void* stack_pointer = nullptr;
#else
    ucontext_t context;
#endif
    void* asan_fake = nullptr;
    void* tsan_fiber = nullptr;
};

struct warp_state {
    unsigned alive = 0, waiting = 0;   // a bit for each lane
    char tsan_tag = 0;
};

struct block_state {
    std::span<fiber> fibers;           // one a thread
    std::span<warp_state> warps;
    std::vector<fiber> all_fibers;     // as many as the largest block had: their stacks are kept
    std::vector<warp_state> all_warps;
    shared_memory shared;              // dynamic
    void (*body)(void*) = nullptr;     // calls the kernel with its arguments
    void* arguments = nullptr;
    int threads = 0, alive = 0, waiting = 0;
    fiber* current = nullptr;
    unsigned long switches = 0;        // ever
    std::exception_ptr failure;        // thrown by a kernel
#ifdef STEPGPT_SIM_ASM
    void* stack_pointer = nullptr;     // the scheduler's
#else
    ucontext_t context;
#endif
    void* asan_fake = nullptr;
    const void* asan_bottom = nullptr;
    std::size_t asan_size = 0;
    void* tsan_fiber = nullptr;
    char tsan_launch = 0, tsan_block = 0;
};

inline thread_local block_state running;   // a thread of the program runs one block at a time

}  // namespace stepgpt::sim
