// A region of work that threads share: what a team is asked to do, which blocks of it are claimed, and who waits for whom.
//
// Blocks are claimed, not assigned: a thread takes those of its own share first (they may still be in its cache), then
// what the others have not begun. So a thread that sleeps, or that the system has taken from us for another program, is
// waited for only while it holds a block.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace stepgpt {

namespace detail {

// On a cache line of its own: threads that count for themselves do not disturb each other.
struct alignas(64) counter {
    std::atomic<std::uint32_t> value = 0;
};

// One call of team::each: which blocks of every thread's share have been claimed, and how many blocks are complete.
struct phase {
    std::vector<counter> claimed;
    counter complete;
};

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// True as soon as ready() is; false when it is not after 50 microseconds, or at once if `crowded`: if whoever would make it
// so may need this processor.
template <class Ready>
bool soon(bool crowded, Ready ready) {
    if (ready()) return true;
    if (crowded) return false;
    const auto start = std::chrono::steady_clock::now();
    do
        for (int i = 0; i < 32; ++i) {
            pause();
            if (ready()) return true;
        }
    while (std::chrono::steady_clock::now() - start < std::chrono::microseconds(50));
    return false;
}

// What the threads of one region have in common.
class region {
public:
    static constexpr std::size_t phases_at_most = 8, blocks_a_thread = 4;

    // Counters for so many threads; what the last region used is set back. `crowded`: there are fewer processors.
    void prepare(std::size_t threads, bool crowded) {
        for (phase& p : phases_) {
            if (p.complete.value.exchange(0) == 0) break;
            for (counter& c : p.claimed) c.value = 0;
        }
        if (phases_[0].claimed.size() < threads)
            for (phase& p : phases_) p.claimed = std::vector<counter>(threads);
        crowded_ = crowded;
    }

    phase& phase_number(std::size_t i) {
        if (i >= phases_at_most) throw std::logic_error("team::each: called more than 8 times in one region");
        return phases_[i];
    }

    // Returns when x is `wanted`, which is announced by notify_all.
    void wait(std::atomic<std::uint32_t>& x, std::uint32_t wanted) const {
        if (soon(crowded_, [&] { return x.load() == wanted; })) return;
        for (std::uint32_t seen; (seen = x.load()) != wanted;) x.wait(seen);
    }

    bool crowded() const { return crowded_; }

    // The exception that is being handled; the first one is thrown to the caller of the region.
    void keep_failure() {
        const std::lock_guard<std::mutex> lock(failure_lock_);
        if (!failure_) failure_ = std::current_exception();
    }
    void throw_failure() {
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

private:
    phase phases_[phases_at_most];
    std::mutex failure_lock_;
    std::exception_ptr failure_;
    std::atomic<bool> crowded_ = false;
};

}  // namespace detail

// A thread's place among the threads of one region.
class team {
public:
    team() = default;   // alone
    team(detail::region& region, std::size_t thread, std::size_t threads)
        : region_(&region), thread_(thread), threads_(threads) {}

    std::size_t thread() const { return thread_; }     // below threads(); no two at a time have the same
    std::size_t threads() const { return threads_; }

    // work(i) for i = 0 .. count - 1, divided over the team. Every thread of a team must make the same calls of each, at
    // most 8 of them; one begins when the one before it is complete everywhere.
    template <class Work>
    void each(std::size_t count, Work&& work) {
        each_range(count, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) work(i);
        });
    }

    // work(begin, end) for ranges that cover 0 .. count - 1 and begin at multiples of `grain`.
    template <class Work>
    void each_range(std::size_t count, std::size_t grain, Work&& work) {
        share(count, grain, &work, [](const void* what, std::size_t begin, std::size_t end) {
            (*static_cast<const std::remove_reference_t<Work>*>(what))(begin, end);
        });
    }

private:
    // The same, for any work: compiled once.
    void share(std::size_t count, std::size_t grain, const void* what,
               void (*work)(const void*, std::size_t, std::size_t)) {
        if (count == 0) return;
        if (!region_) return work(what, 0, count);
        const std::size_t grains = (count + grain - 1) / grain;
        const std::size_t blocks = std::min(grains, threads_ * detail::region::blocks_a_thread);
        if (phase_ > 0) region_->wait(region_->phase_number(phase_ - 1).complete.value, blocks_before_);
        detail::phase& phase = region_->phase_number(phase_++);
        blocks_before_ = static_cast<std::uint32_t>(blocks);
        std::uint32_t finished = 0;
        for (std::size_t i = 0; i < threads_; ++i) {   // my own share, then the others'
            const std::size_t owner = (thread_ + i) % threads_;
            const std::size_t first = blocks * owner / threads_, last = blocks * (owner + 1) / threads_;
            for (std::size_t block; (block = first + phase.claimed[owner].value.fetch_add(1)) < last; ++finished) try {
                    work(what, grains * block / blocks * grain, std::min(count, grains * (block + 1) / blocks * grain));
                } catch (...) {
                    region_->keep_failure();
                }
        }
        if (finished && phase.complete.value.fetch_add(finished) + finished == blocks) phase.complete.value.notify_all();
    }

    detail::region* region_ = nullptr;
    std::size_t thread_ = 0, threads_ = 1, phase_ = 0;
    std::uint32_t blocks_before_ = 0;
};

}  // namespace stepgpt
