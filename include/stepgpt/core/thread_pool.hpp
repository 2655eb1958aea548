// The threads behind core/parallel.hpp: workers that are made when first wanted, and regions that they take part in.
//
// Blocks are claimed, not assigned: a thread takes those of its own share first (they may still be in its cache), then
// what the others have not begun. So a thread that sleeps, or that the system has taken from us for another program, is
// waited for only while it holds a block. A thread with nothing to do looks out for the next region for 50 microseconds,
// then sleeps: no other program is starved.
//
// How a region closes: a worker counts itself in (inside_), then looks whether the region it was called for is still open;
// the caller closes it, then waits until nobody is inside. Whichever comes first, no worker touches work that is gone.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
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

class thread_pool;
inline thread_local bool in_region = false;

}  // namespace detail

// A thread's place among the threads of one region.
class team {
public:
    team() = default;   // alone
    team(detail::thread_pool& pool, std::size_t thread, std::size_t threads)
        : pool_(&pool), thread_(thread), threads_(threads) {}

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
    void each_range(std::size_t count, std::size_t grain, Work&& work);

private:
    detail::thread_pool* pool_ = nullptr;
    std::size_t thread_ = 0, threads_ = 1, phase_ = 0;
    std::uint32_t blocks_before_ = 0;
};

namespace detail {

class thread_pool {
public:
    static constexpr std::size_t phases_at_most = 8, blocks_a_thread = 4;

    static thread_pool& instance() {
        static thread_pool pool;
        return pool;
    }

    thread_pool() {
        const char* const wanted = std::getenv("OMP_NUM_THREADS");
        const long threads = wanted ? std::strtol(wanted, nullptr, 10) : 0;
        threads_wanted = threads > 0 ? static_cast<std::size_t>(threads) : processors_;
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool() {
        ends_ = true;
        opened_.fetch_add(1);
        opened_.notify_all();
        for (std::thread& worker : workers_) worker.join();
    }

    // Calls work(team) on the caller and on every worker that is awake before the caller has finished.
    template <class Work>
    void run(std::size_t threads, Work&& work) {
        std::unique_lock<std::mutex> mine(busy_, std::try_to_lock);
        if (threads <= 1 || in_region || !mine) return work(team());
        prepare(threads);
        call_ = [](const void* what, team t) { (*static_cast<const std::remove_reference_t<Work>*>(what))(t); };
        work_ = &work;
        open_ = std::max(opened_.load() + 1, std::uint32_t{1});
        opened_ = open_.load();
        opened_.notify_all();
        serve(0);
        open_ = 0;                         // from here on nobody comes in, and those inside finish the blocks they hold
        wait(inside_, 0);
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

    phase& phase_number(std::size_t i) {
        if (i >= phases_at_most) throw std::logic_error("team::each: called more than 8 times in one region");
        return phases_[i];
    }

    void keep_failure() {
        const std::lock_guard<std::mutex> lock(failure_lock_);
        if (!failure_) failure_ = std::current_exception();
    }

    // Returns when x is `wanted`, which is announced by notify_all.
    void wait(std::atomic<std::uint32_t>& x, std::uint32_t wanted) const {
        if (soon([&] { return x.load() == wanted; })) return;
        for (std::uint32_t seen; (seen = x.load()) != wanted;) x.wait(seen);
    }

    std::size_t threads_wanted;

private:
    // True as soon as ready() is; false when it is not after 50 microseconds, or at once if there are fewer processors
    // than threads.
    template <class Ready>
    bool soon(Ready ready) const {
        if (ready()) return true;
        if (crowded_) return false;
        const auto start = std::chrono::steady_clock::now();
        do
            for (int i = 0; i < 32; ++i) {
                pause();
                if (ready()) return true;
            }
        while (std::chrono::steady_clock::now() - start < std::chrono::microseconds(50));
        return false;
    }

    static void pause() {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    // Threads and counters for a region; what the last one used is set back.
    void prepare(std::size_t threads) {
        for (phase& p : phases_) {
            if (p.complete.value.exchange(0) == 0) break;
            for (counter& c : p.claimed) c.value = 0;
        }
        if (phases_[0].claimed.size() < threads)
            for (phase& p : phases_) p.claimed = std::vector<counter>(threads);
        while (workers_.size() + 1 < threads) workers_.emplace_back([this, me = workers_.size() + 1] { wait_and_serve(me); });
        threads_ = threads;
        crowded_ = threads > processors_;
    }

    void wait_and_serve(std::size_t me) {
        for (std::uint32_t seen = 0; !ends_;) {
            if (!soon([&] { return opened_.load() != seen; })) opened_.wait(seen);
            seen = opened_.load();
            ++inside_;
            if (open_ == seen && me < threads_) serve(me);
            if (--inside_ == 0) inside_.notify_all();
        }
    }

    void serve(std::size_t me) {
        in_region = true;
        try {
            call_(work_, team(*this, me, threads_));
        } catch (...) {
            keep_failure();
        }
        in_region = false;
    }

    const std::size_t processors_ = std::max(std::thread::hardware_concurrency(), 1u);   // a system call: asked once
    std::mutex busy_, failure_lock_;
    std::vector<std::thread> workers_;
    phase phases_[phases_at_most];
    std::exception_ptr failure_;
    void (*call_)(const void*, team) = nullptr;
    const void* work_ = nullptr;
    std::size_t threads_ = 1;
    std::atomic<bool> crowded_ = false, ends_ = false;
    std::atomic<std::uint32_t> opened_ = 0;   // how many regions there have been: what sleeping workers wait for
    std::atomic<std::uint32_t> open_ = 0;     // the number of the one that is open, or 0
    std::atomic<std::uint32_t> inside_ = 0;   // workers that may be using it
};

}  // namespace detail

template <class Work>
void team::each_range(std::size_t count, std::size_t grain, Work&& work) {
    if (count == 0) return;
    if (!pool_) return work(0, count);
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t blocks = std::min(grains, threads_ * detail::thread_pool::blocks_a_thread);
    if (phase_ > 0) pool_->wait(pool_->phase_number(phase_ - 1).complete.value, blocks_before_);
    detail::phase& phase = pool_->phase_number(phase_++);
    blocks_before_ = static_cast<std::uint32_t>(blocks);
    std::uint32_t finished = 0;
    for (std::size_t i = 0; i < threads_; ++i) {   // my own share, then the others'
        const std::size_t owner = (thread_ + i) % threads_;
        const std::size_t first = blocks * owner / threads_, last = blocks * (owner + 1) / threads_;
        for (std::size_t block; (block = first + phase.claimed[owner].value.fetch_add(1)) < last; ++finished) try {
                work(grains * block / blocks * grain, std::min(count, grains * (block + 1) / blocks * grain));
            } catch (...) {
                pool_->keep_failure();
            }
    }
    if (finished && phase.complete.value.fetch_add(finished) + finished == blocks) phase.complete.value.notify_all();
}

}  // namespace stepgpt
