// How the simulator runs threads, and the seven ways in which a kernel should be tried.
//
// In forward, reverse and shuffled order every thread runs to its next barrier before any runs further, so threads move
// almost in lockstep and a missing barrier can stay hidden. warp_greedy lets one warp run as far as it can before the next
// one starts, which is what uncovers it. Blocks are taken in the same manner.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stepgpt::sim {

enum class schedule { forward, reverse, shuffled, warp_greedy };

struct options {
    schedule order = schedule::forward;
    std::uint64_t seed = 1;                         // of shuffled; of warp_greedy too, from 2 on (1: warps in their order)
    std::size_t stack_bytes = 64 * 1024;            // of each thread
    std::size_t max_dynamic_shared = 227 * 1024;    // bytes a block may have on compute capability 9.0
    bool poison_shared = true;                      // dynamic shared memory is full of NaN before every block
    bool strict_exit = true;                        // a barrier that some threads have left by `return` is an error
};

inline options settings;   // of the whole program; change them between launches only

struct named_schedule {
    const char* name;
    schedule order;
    std::uint64_t seed;
};

// A right kernel gives the same bits under all of them: compare bits, not errors, since some races move the last digit only.
inline constexpr named_schedule schedules[] = {
    {"forward", schedule::forward, 1},       {"reverse", schedule::reverse, 1},
    {"shuffled 7", schedule::shuffled, 7},   {"shuffled 8", schedule::shuffled, 8},
    {"greedy", schedule::warp_greedy, 1},    {"greedy 7", schedule::warp_greedy, 7},
    {"greedy 8", schedule::warp_greedy, 8},
};

// Uses a schedule until the end of the block.
class scheduled {
public:
    explicit scheduled(const named_schedule& s) : before_(settings) {
        settings.order = s.order;
        settings.seed = s.seed;
    }
    scheduled(const scheduled&) = delete;
    scheduled& operator=(const scheduled&) = delete;
    ~scheduled() { settings = before_; }

private:
    options before_;
};

}  // namespace stepgpt::sim
