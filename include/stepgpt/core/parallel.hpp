// Blocks of work over threads: with team.hpp and thread_pool.hpp behind it, the only file that knows threads.
//
// The promise: the same bits on any number of threads. It holds because work is divided over *outputs* (each is computed
// by one thread, in an order that does not know how many there are) and because sums go through a tree whose shape depends
// on the number of terms alone.
//
//     parallel_for(rows, 8, [=](std::size_t begin, std::size_t end) { ... });   // rows begin .. end - 1, mine alone
//     double sum = tree_sum(n, [=](std::size_t begin, std::size_t end) { return ...; });
//     parallel_team([&](team t) { t.each(panels, pack); t.each(blocks, multiply); });   // one region, two phases
//
// An exception thrown by the work reaches the caller of the region. A region inside a region, or beside one that another
// thread of the program has opened, runs on the thread that meets it. OMP_NUM_THREADS says how many threads there are at
// the start; without it, as many as the machine has.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <stepgpt/core/thread_pool.hpp>

namespace stepgpt {

// Threads that the next region will use.
inline int thread_count() {
    return detail::in_region ? 1 : static_cast<int>(detail::thread_pool::instance().threads_wanted);
}

// From now on use this many threads (1 to 1024). Not to be called while another thread of the program computes.
inline void set_thread_count(int threads) {
    detail::thread_pool::instance().threads_wanted = static_cast<std::size_t>(std::clamp(threads, 1, 1024));
}

// Calls work(begin, end) for ranges that cover 0 .. count - 1; every range but the last is a multiple of `grain` long.
// Choose grain so that a range is worth a thread (some 10 microseconds) and divides what must stay together.
template <class Work>
void parallel_for(std::size_t count, std::size_t grain, Work&& work) {
    const std::size_t grains = (count + grain - 1) / grain;
    const auto region = [&](team t) { t.each_range(count, grain, work); };
    detail::thread_pool::instance().run(std::min(static_cast<std::size_t>(thread_count()), grains), region);
}

// Calls work(team) once on every thread, or on no more than `at_most` of them: as many as there is memory for.
template <class Work>
void parallel_team(Work&& work, std::size_t at_most = static_cast<std::size_t>(-1)) {
    detail::thread_pool::instance().run(std::min(static_cast<std::size_t>(thread_count()), at_most), work);
}

// Sum of block(begin, end) over blocks of 4096 terms, added pairwise: the tree depends on count alone.
// Pairwise summation also keeps the rounding error at O(log n) instead of O(n) (Higham 1993).
template <class Block>
double tree_sum(std::size_t count, Block&& block) {
    constexpr std::size_t leaf = 4096;
    const std::size_t leaves = (count + leaf - 1) / leaf;
    if (leaves == 0) return 0;
    static thread_local std::vector<double> partial;   // grows to the largest sum asked for, then is reused
    partial.resize(std::max(partial.size(), leaves));
    double* const sums = partial.data();
    parallel_for(leaves, 4, [&, sums](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) sums[i] = block(i * leaf, std::min(count, (i + 1) * leaf));
    });
    for (std::size_t width = 1; width < leaves; width *= 2)
        for (std::size_t i = 0; i + width < leaves; i += 2 * width) sums[i] += sums[i + width];
    return sums[0];
}

}  // namespace stepgpt
