// Who runs next, who may go on, and what is wrong when nobody can: the heart of the simulator.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/cuda/sim/fiber.hpp>
#include <stepgpt/cuda/sim/memory.hpp>
#include <stepgpt/cuda/sim/options.hpp>
#include <stepgpt/cuda/sim/switch.hpp>

namespace stepgpt::sim {

inline std::string told(const fiber& f) {
    std::ostringstream text;
    text << "thread (" << f.thread.x << ',' << f.thread.y << ',' << f.thread.z << ")";
    if (f.now == fiber::state::at_block_barrier) {
        const std::string_view path = f.where.file;
        text << " at " << path.substr(path.rfind('/') + 1) << ':' << f.where.line;
    } else if (f.now == fiber::state::at_warp_barrier) {
        text << " waits for lanes 0x" << std::hex << f.mask;
    } else if (f.now == fiber::state::done) {
        text << " has returned";
    }
    return text.str();
}

[[noreturn]] inline void fail(const char* what, const fiber& a, const fiber& b) {
    throw error({.where = "cuda_sim, block (" + std::to_string(blockIdx.x) + "," + std::to_string(blockIdx.y) + "," +
                          std::to_string(blockIdx.z) + ")",
                 .subject = what,
                 .found = told(a) + ", " + told(b),
                 .wanted = "every thread at one barrier",
                 .hint = std::to_string(running.waiting) + " of " + std::to_string(running.threads) +
                         " threads wait at __syncthreads, " + std::to_string(running.alive) + " have not returned"});
}

STEPGPT_SIM_QUIET inline void release_block() {
    const fiber* first = nullptr;
    for (const fiber& f : running.fibers) {
        if (f.now != fiber::state::at_block_barrier) {
            if (settings.strict_exit && first) fail("__syncthreads after some threads returned", *first, f);
            continue;
        }
        if (!first) first = &f;
        else if (f.where.id != first->where.id || std::strcmp(f.where.file, first->where.file) != 0)
            fail("divergent __syncthreads", *first, f);
    }
    if (settings.strict_exit && running.alive < running.threads)
        fail("__syncthreads after some threads returned", running.fibers[0], *first);
    for (fiber& f : running.fibers)
        if (f.now == fiber::state::at_block_barrier) f.now = fiber::state::ready;
    running.waiting = 0;
}

// Lets the lanes of `mask` go on if all of them that still run have come, with this same mask; hands their values over.
STEPGPT_SIM_QUIET inline void release_warp(int index, unsigned mask) {
    warp_state& warp = running.warps[static_cast<std::size_t>(index)];
    const unsigned group = mask & warp.alive;
    if (!group || (warp.waiting & group) != group) return;
    fiber* const lanes = &running.fibers[static_cast<std::size_t>(index) * 32];
    unsigned votes = 0;
    for (int lane = 0; lane < 32; ++lane) {
        if (!(group >> lane & 1)) continue;
        if (lanes[lane].mask != mask) return;                     // they stay, and are reported when nobody can move
        if (lanes[lane].vote) votes |= 1u << lane;
    }
    for (int lane = 0; lane < 32; ++lane) {
        if (!(group >> lane & 1)) continue;
        fiber& f = lanes[lane];
        f.ballot = votes;
        if (f.source >= 0) {
            if (group >> f.source & 1) std::memcpy(f.received, lanes[f.source].sent, sizeof f.received);
            else std::memset(f.received, 0xff, sizeof f.received);   // a lane that takes no part: undefined, so NaN
        }
        f.now = fiber::state::ready;
    }
    warp.waiting &= ~group;
}

STEPGPT_SIM_QUIET inline void step(fiber& f) {
    resume(f);
    const warp_state& warp = running.warps[static_cast<std::size_t>(f.warp)];
    if (f.now == fiber::state::at_warp_barrier) {
        release_warp(f.warp, f.mask);
    } else if (f.now == fiber::state::done) {
        if (running.failure) std::rethrow_exception(std::exchange(running.failure, nullptr));
        for (int lane = 0; lane < 32 && warp.waiting; ++lane)        // those who waited for it need not wait any more
            if (warp.waiting >> lane & 1)
                release_warp(f.warp, running.fibers[static_cast<std::size_t>(f.warp * 32 + lane)].mask);
    }
    if (running.waiting > 0 && running.waiting == running.alive) release_block();
}

inline bool can_run(const fiber& f) { return f.now == fiber::state::fresh || f.now == fiber::state::ready; }

// Runs one warp as far as it can get. True if it moved at all.
STEPGPT_SIM_QUIET inline bool run_warp(int warp) {
    bool moved = false;
    for (bool again = true; again;) {
        again = false;
        for (int t = warp * 32; t < std::min(running.threads, warp * 32 + 32); ++t)
            if (fiber& f = running.fibers[static_cast<std::size_t>(t)]; can_run(f)) {
                moved = again = true;
                step(f);
            }
    }
    return moved;
}

[[noreturn]] inline void report_deadlock() {
    const fiber *a = nullptr, *b = nullptr;                          // two threads that wait for different things
    for (const fiber& f : running.fibers) {
        if (f.now == fiber::state::done) continue;
        if (!a) a = &f;
        else if (!b && (f.now != a->now || f.mask != a->mask)) b = &f;
    }
    for (const fiber& f : running.fibers)
        if (!b && f.now == fiber::state::done) b = &f;
    fail("deadlock", *a, b ? *b : *a);
}

STEPGPT_SIM_QUIET inline void begin_block() {
    running.alive = running.threads;
    running.waiting = 0;
    running.failure = nullptr;
    for (warp_state& warp : running.warps) warp.alive = warp.waiting = 0;
    for (int i = 0; i < running.threads; ++i) {
        fiber& f = running.fibers[static_cast<std::size_t>(i)];
        const auto place = static_cast<unsigned>(i);
        f.now = fiber::state::fresh;
        f.thread = {place % blockDim.x, place / blockDim.x % blockDim.y, place / (blockDim.x * blockDim.y)};
        f.lane = i % 32;
        f.warp = i / 32;
        f.copies.clear();
        f.copy_group = 0;
        running.warps[static_cast<std::size_t>(f.warp)].alive |= 1u << f.lane;
    }
    if (settings.poison_shared) running.shared.fill_with_nan();
}

// `turns`: the order of threads, or of warps under warp_greedy.
STEPGPT_SIM_QUIET inline void run_block(std::vector<int>& turns, std::uint32_t block) {
    begin_block();
#ifdef STEPGPT_SIM_TSAN
    struct join {   // all that the block did happens before whatever follows, also after an error
        ~join() {
            __tsan_acquire(&running.tsan_block);
            for (warp_state& w : running.warps) __tsan_acquire(&w.tsan_tag);
        }
    } join_on_return;
    __tsan_release(&running.tsan_launch);
#endif
    const bool greedy = settings.order == schedule::warp_greedy;
    turns.resize(greedy ? running.warps.size() : running.fibers.size());
    std::iota(turns.begin(), turns.end(), 0);
    if (settings.order == schedule::reverse) std::reverse(turns.begin(), turns.end());
    const bool shuffled = settings.order == schedule::shuffled || (greedy && settings.seed > 1);
    for (std::uint32_t round = 0; running.alive > 0; ++round) {
        if (shuffled) random_numbers(settings.seed + (std::uint64_t{round} << 32), stream::test, block).shuffle(turns);
        bool moved = false;
        for (const int turn : turns) {
            if (greedy) {
                moved = run_warp(turn) || moved;
            } else if (fiber& f = running.fibers[static_cast<std::size_t>(turn)]; can_run(f)) {
                moved = true;
                step(f);
            }
        }
        if (!moved && running.alive > 0) report_deadlock();
    }
}

inline void check_launch(dim3 grid, dim3 block, std::size_t shared_bytes) {
    const auto threads = std::uint64_t{block.x} * block.y * block.z;
    if (threads < 1 || threads > 1024 || block.z > 64)
        throw error({.where = "cuda_sim",
                     .subject = "block",
                     .found = std::to_string(threads) + " threads",
                     .wanted = "1 to 1024"});
    if (grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535)
        throw error({.where = "cuda_sim", .subject = "grid",
                     .found = std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " + std::to_string(grid.z),
                     .wanted = "1 to 2147483647 x 65535 x 65535 blocks"});
    if (shared_bytes > settings.max_dynamic_shared)
        throw error({.where = "cuda_sim", .subject = "dynamic shared memory", .found = std::to_string(shared_bytes) + " bytes",
                     .wanted = "at most " + std::to_string(settings.max_dynamic_shared)});
}

template <class... P>
STEPGPT_SIM_QUIET void run_grid(void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, std::tuple<P...> arguments) {
    check_launch(grid, block, shared_bytes);
    gridDim = grid;
    blockDim = block;
    running.threads = static_cast<int>(block.x * block.y * block.z);
    const auto threads = static_cast<std::size_t>(running.threads), warps = (threads + 31) / 32;
    if (threads > running.all_fibers.size()) running.all_fibers.resize(threads);
    if (warps > running.all_warps.size()) running.all_warps.resize(warps);
    running.fibers = std::span(running.all_fibers).first(threads);
    running.warps = std::span(running.all_warps).first(warps);
    running.shared.resize(shared_bytes);
    std::pair<void (*)(P...), std::tuple<P...>*> call(kernel, &arguments);
    running.arguments = &call;
    running.body = [](void* p) {
        const auto& c = *static_cast<decltype(call)*>(p);
        std::apply(c.first, *c.second);
    };
#ifdef STEPGPT_SIM_TSAN
    running.tsan_fiber = __tsan_get_current_fiber();
#endif
    static thread_local std::vector<std::uint64_t> blocks;
    static thread_local std::vector<int> turns;
    blocks.resize(std::uint64_t{grid.x} * grid.y * grid.z);
    std::iota(blocks.begin(), blocks.end(), 0);
    if (settings.order == schedule::reverse) std::reverse(blocks.begin(), blocks.end());
    if (settings.order == schedule::shuffled || (settings.order == schedule::warp_greedy && settings.seed > 1))
        random_numbers(settings.seed, stream::shuffle).shuffle(blocks);
    const device_access open;
    for (const std::uint64_t i : blocks) {
        blockIdx = {static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x % grid.y),
                    static_cast<unsigned>(i / grid.x / grid.y)};
        run_block(turns, static_cast<std::uint32_t>(i));
    }
}

}  // namespace stepgpt::sim
