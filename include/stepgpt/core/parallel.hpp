// Blocks of work over threads: the only file with OpenMP in it.
//
// The promise: the same bits on any number of threads. It holds because work is divided over *outputs* (each is computed
// by one thread, in an order that does not know how many there are) and because sums go through a tree whose shape depends
// on the number of terms alone. Without OpenMP everything runs on one thread, with the same bits.
//
//     parallel_for(rows, 8, [=](std::size_t begin, std::size_t end) { ... });   // rows begin .. end - 1, mine alone
//     double sum = tree_sum(n, [=](std::size_t begin, std::size_t end) { return ...; });
//     parallel_team([&](team t) { t.each(panels, pack); t.each(blocks, multiply); });   // one region, two phases
//
// An exception thrown by the work is carried out of the region and rethrown (OpenMP itself would end the program).
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace stepgpt {

// Threads that the next region will use.
inline int thread_count() {
#ifdef _OPENMP
    return omp_in_parallel() ? 1 : omp_get_max_threads();
#else
    return 1;
#endif
}

// From now on use this many threads (at least one).
inline void set_thread_count([[maybe_unused]] int threads) {
#ifdef _OPENMP
    omp_set_num_threads(std::max(threads, 1));
#endif
}

namespace detail {
// Runs work(thread, threads) on every thread of a team and rethrows the first exception.
template <class Work>
void on_every_thread([[maybe_unused]] int threads, Work&& work) {
#ifdef _OPENMP
    if (threads > 1) {
        std::exception_ptr failure;
#pragma omp parallel num_threads(threads)
        {
            try {
                work(omp_get_thread_num(), omp_get_num_threads());
            } catch (...) {
#pragma omp critical(stepgpt_failure)
                if (!failure) failure = std::current_exception();
            }
        }
        if (failure) std::rethrow_exception(failure);
        return;
    }
#endif
    work(0, 1);
}
}  // namespace detail

// Calls work(begin, end) for ranges that cover 0 .. count - 1; every range but the last is a multiple of `grain` long.
// Choose grain so that a range is worth a thread (some 10 microseconds) and divides what must stay together.
template <class Work>
void parallel_for(std::size_t count, std::size_t grain, Work&& work) {
    const std::size_t grains = (count + grain - 1) / grain;
    const int threads = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(thread_count()), grains));
    if (count == 0) return;
    detail::on_every_thread(threads, [&](int thread, int team) {
        const auto me = static_cast<std::size_t>(thread), all = static_cast<std::size_t>(team);
        const std::size_t begin = grains * me / all * grain, end = std::min(count, grains * (me + 1) / all * grain);
        if (begin < end) work(begin, end);
    });
}

// The threads of one region, for work in several phases.
class team {
public:
    team(int thread, int threads) : thread_(static_cast<std::size_t>(thread)), threads_(static_cast<std::size_t>(threads)) {}

    std::size_t thread() const { return thread_; }
    std::size_t threads() const { return threads_; }

    // work(i) for i = 0 .. count - 1, divided over the team in contiguous ranges; all have finished when it returns.
    // The work must not throw: the other threads would wait for this one for ever.
    template <class Work>
    void each(std::size_t count, Work&& work) const {
        const std::size_t end = count * (thread_ + 1) / threads_;
        for (std::size_t i = count * thread_ / threads_; i < end; ++i) work(i);
        barrier();
    }

    void barrier() const {
#ifdef _OPENMP
        if (threads_ > 1) {
#pragma omp barrier
        }
#endif
    }

private:
    std::size_t thread_, threads_;
};

// Calls work(team) once on every thread.
template <class Work>
void parallel_team(Work&& work) {
    detail::on_every_thread(thread_count(), [&](int thread, int threads) { work(team(thread, threads)); });
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
