// The threads behind core/parallel.hpp: workers that are made when first wanted, and how they come to a region.
//
// A thread with nothing to do looks out for the next region for 50 microseconds, then sleeps: no other program is starved.
//
// How a region closes: a worker counts itself in (inside_), then looks whether the region it was called for is still open;
// the caller closes it, then waits until nobody is inside. Whichever comes first, no worker touches work that is gone.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include <stepgpt/core/processor.hpp>
#include <stepgpt/core/team.hpp>

namespace stepgpt::detail {

inline thread_local bool in_region = false;

class thread_pool {
public:
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
        run(threads, &work, [](const void* what, team t) { (*static_cast<const std::remove_reference_t<Work>*>(what))(t); });
    }

    std::size_t threads_wanted;

private:
    // The same, for any work: compiled once.
    void run(std::size_t threads, const void* what, void (*work)(const void*, team)) {
        std::unique_lock<std::mutex> mine(busy_, std::try_to_lock);
        if (threads <= 1 || in_region || !mine) return work(what, team());
        if (workers_.size() + 1 < threads) hire(threads - 1);
        region_.prepare(threads, threads > processors_);
        threads_ = threads;
        call_ = work;
        work_ = what;
        open_ = std::max(opened_.load() + 1, std::uint32_t{1});
        opened_ = open_.load();
        if (asleep_ > 0) wake_all();
        serve(0);
        open_ = 0;                         // from here on nobody comes in, and those inside finish the blocks they hold
        region_.wait(inside_, 0);
        region_.throw_failure();
    }

    // Everything that a worker will ever want is made here, its bed too: none takes memory in the middle of a step.
    void hire(std::size_t workers) {
        {
            const std::lock_guard<std::mutex> lock(bed_);
            sleepers_.reserve(workers);
        }
        while (workers_.size() < workers) workers_.emplace_back([this, me = workers_.size() + 1] { wait_and_serve(me); });
    }

    // Whoever falls asleep after this has been called has seen the region that is open.
    void wake_all() {
        {
            const std::lock_guard<std::mutex> lock(bed_);
            for (const sleeper* s : sleepers_) s->wake_elsewhere();
        }
        opened_.notify_all();
    }

    // Until there is another region than `seen`.
    void sleep_through(std::uint32_t seen) {
        sleeper me;
        const auto bed = [&](auto change) {
            const std::lock_guard<std::mutex> lock(bed_);
            change();
        };
        me.lie_down();
        bed([&] { sleepers_.push_back(&me); });
        ++asleep_;
        opened_.wait(seen);
        --asleep_;
        bed([&] { std::erase(sleepers_, &me); });
        me.rise();
    }

    void wait_and_serve(std::size_t me) {
        for (std::uint32_t seen = 0; !ends_;) {
            if (!soon(region_.crowded(), [&] { return opened_.load() != seen; })) sleep_through(seen);
            seen = opened_.load();
            ++inside_;
            if (open_ == seen && me < threads_) serve(me);
            if (--inside_ == 0) inside_.notify_all();
        }
    }

    void serve(std::size_t me) {
        in_region = true;
        try {
            call_(work_, team(region_, me, threads_));
        } catch (...) {
            region_.keep_failure();
        }
        in_region = false;
    }

    const std::size_t processors_ = std::max(std::thread::hardware_concurrency(), 1u);   // a system call: asked once
    std::mutex busy_, bed_;
    std::vector<std::thread> workers_;
    std::vector<const sleeper*> sleepers_;
    region region_;
    void (*call_)(const void*, team) = nullptr;
    const void* work_ = nullptr;
    std::size_t threads_ = 1;
    std::atomic<bool> ends_ = false;
    std::atomic<std::uint32_t> opened_ = 0;   // how many regions there have been: what sleeping workers wait for
    std::atomic<std::uint32_t> open_ = 0;     // the number of the one that is open, or 0
    std::atomic<std::uint32_t> asleep_ = 0;   // workers that only a notification wakes
    std::atomic<std::uint32_t> inside_ = 0;   // workers that may be using it
};

}  // namespace stepgpt::detail
