// From the scheduler into a fiber and back, with a word to each sanitizer that watches the stack.
#pragma once

#include <cstdlib>
#include <exception>

#include <stepgpt/cuda/sim/fiber.hpp>
#include <stepgpt/cuda/sim/options.hpp>
#include <stepgpt/cuda/sim/sanitizers.hpp>

namespace stepgpt::sim {

// From a kernel back to the scheduler; returns when the scheduler picks this fiber again.
STEPGPT_SIM_QUIET inline void to_scheduler([[maybe_unused]] bool dying) {
    fiber* const me = running.current;
#ifdef STEPGPT_SIM_TSAN
    const bool with_warp = me->now == fiber::state::at_warp_barrier;
    char* const meeting = with_warp ? &running.warps[static_cast<std::size_t>(me->warp)].tsan_tag : &running.tsan_block;
    __tsan_release(meeting);
    __tsan_switch_to_fiber(running.tsan_fiber, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef STEPGPT_SIM_ASAN
    __sanitizer_start_switch_fiber(dying ? nullptr : &me->asan_fake, running.asan_bottom, running.asan_size);
#endif
#ifdef STEPGPT_SIM_ASM
    switch_stack(&me->stack_pointer, running.stack_pointer);
#else
    ::swapcontext(&me->context, &running.context);
#endif
#ifdef STEPGPT_SIM_ASAN
    __sanitizer_finish_switch_fiber(me->asan_fake, &running.asan_bottom, &running.asan_size);
#endif
#ifdef STEPGPT_SIM_TSAN
    __tsan_acquire(meeting);
#endif
}

// The first function on a fiber's stack. It never returns: there is nothing below it.
STEPGPT_SIM_QUIET inline void begin_fiber() {
#ifdef STEPGPT_SIM_TSAN
    __tsan_acquire(&running.tsan_launch);
#endif
#ifdef STEPGPT_SIM_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &running.asan_bottom, &running.asan_size);
#endif
    try {
        running.body(running.arguments);
    } catch (...) {
        if (!running.failure) running.failure = std::current_exception();
    }
    fiber* const me = running.current;
    me->now = fiber::state::done;
    --running.alive;
    running.warps[static_cast<std::size_t>(me->warp)].alive &= ~(1u << me->lane);
    to_scheduler(true);
    std::abort();
}

// Lays out a stack on which begin_fiber() is about to start.
STEPGPT_SIM_QUIET inline void prepare(fiber& f) {
    f.stack.reserve(settings.stack_bytes);
#ifdef STEPGPT_SIM_ASAN
    __asan_unpoison_memory_region(f.stack.bottom(), f.stack.size());
#endif
    f.asan_fake = nullptr;
#ifdef STEPGPT_SIM_ASM
    void** top = reinterpret_cast<void**>(f.stack.top());      // a page's edge, so a multiple of 16
    *--top = nullptr;                                          // the return address that begin_fiber() never uses
    *--top = reinterpret_cast<void*>(&begin_fiber);            // where the first switch "returns" to
    for (int i = 0; i < 6; ++i) *--top = nullptr;              // the six saved registers
    f.stack_pointer = top;
#else
    ::getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.bottom();
    f.context.uc_stack.ss_size = f.stack.size();
    f.context.uc_link = nullptr;
    ::makecontext(&f.context, begin_fiber, 0);
#endif
}

// From the scheduler into a fiber; returns when it waits or has ended.
STEPGPT_SIM_QUIET inline void resume(fiber& f) {
    if (f.now == fiber::state::fresh) prepare(f);
    f.now = fiber::state::ready;
    running.current = &f;
    threadIdx = f.thread;
    ++running.switches;
#ifdef STEPGPT_SIM_TSAN
    if (!f.tsan_fiber) f.tsan_fiber = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(f.tsan_fiber, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef STEPGPT_SIM_ASAN
    __sanitizer_start_switch_fiber(&running.asan_fake, f.stack.bottom(), f.stack.size());
#endif
#ifdef STEPGPT_SIM_ASM
    switch_stack(&running.stack_pointer, f.stack_pointer);
#else
    ::swapcontext(&running.context, &f.context);
#endif
#ifdef STEPGPT_SIM_ASAN
    __sanitizer_finish_switch_fiber(running.asan_fake, nullptr, nullptr);
#endif
}

}  // namespace stepgpt::sim
