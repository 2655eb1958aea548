// Where a kernel waits: for its block (__syncthreads), for lanes of its warp (__syncwarp, shuffles, votes).
//
// Values change hands in the scheduler when the last lane has arrived, so a shuffle costs one switch a lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <stepgpt/core/error.hpp>
#include <stepgpt/cuda/sim/fiber.hpp>
#include <stepgpt/cuda/sim/switch.hpp>

// __COUNTER__ gives every place in the source an id of its own, so that two barriers on one line are told apart.
#define __syncthreads() ::stepgpt::sim::block_barrier({__FILE__, __LINE__, __COUNTER__})
#define __syncwarp(...) ::stepgpt::sim::warp_barrier(::stepgpt::sim::mask_or_all(__VA_ARGS__))
#define STEPGPT_DYNAMIC_SHARED(T, name) T* name = ::stepgpt::sim::dynamic_shared<T>()

namespace stepgpt::sim {

STEPGPT_SIM_QUIET inline void block_barrier(site where) {
    fiber* const me = running.current;
    me->where = where;
    me->now = fiber::state::at_block_barrier;
    ++running.waiting;
    to_scheduler(false);
}

inline unsigned mask_or_all(unsigned mask = 0xffffffffu) { return mask; }

STEPGPT_SIM_QUIET inline void wait_for_lanes(unsigned mask) {
    fiber* const me = running.current;
    if (!(mask >> me->lane & 1))
        throw error({.where = "cuda_sim", .found = "a thread that is not in the mask of its own warp operation",
                     .wanted = "the mask of the lanes that take part"});
    me->mask = mask;
    me->now = fiber::state::at_warp_barrier;
    running.warps[static_cast<std::size_t>(me->warp)].waiting |= 1u << me->lane;
    to_scheduler(false);
}

STEPGPT_SIM_QUIET inline void warp_barrier(unsigned mask) {
    running.current->source = -1;
    running.current->vote = false;
    wait_for_lanes(mask);
}

template <class T>
STEPGPT_SIM_QUIET T shuffle(unsigned mask, T value, int source) {
    static_assert(sizeof(T) <= 16, "a shuffle moves at most 16 bytes");
    fiber* const me = running.current;
    std::memcpy(me->sent, &value, sizeof value);
    me->source = source & 31;
    me->vote = false;
    wait_for_lanes(mask);
    std::memcpy(&value, me->received, sizeof value);
    return value;
}

STEPGPT_SIM_QUIET inline unsigned ballot(unsigned mask, bool yes) {
    running.current->source = -1;
    running.current->vote = yes;
    wait_for_lanes(mask);
    return running.current->ballot;
}

// For an operation of a whole warp (mma, ldmatrix): gives each lane the 32 pointers that its lanes have published. The memory
// behind them must stay as it is until the next warp_barrier.
struct lanes {
    const void* published[32];
};
STEPGPT_SIM_QUIET inline lanes publish(const void* mine) {
    fiber* const me = running.current;
    std::memcpy(me->sent, &mine, sizeof mine);
    warp_barrier(0xffffffffu);
    lanes all;
    const fiber* const first = &running.fibers[static_cast<std::size_t>(me->warp) * 32];
    for (int lane = 0; lane < 32; ++lane) std::memcpy(&all.published[lane], first[lane].sent, sizeof mine);
    return all;
}

template <class T>
T* dynamic_shared() {
    return reinterpret_cast<T*>(running.shared.begin());
}

}  // namespace stepgpt::sim
