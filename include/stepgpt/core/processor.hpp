// Which processors a thread may run on: to wake one elsewhere than here.
//
// A kernel may put a thread that is woken onto the processor of the thread that wakes it, though others are idle, and
// leave it waiting there for many milliseconds (seen on virtual machines that do not say which processors share a cache).
// On systems other than Linux all of this does nothing.
#pragma once

#ifdef __linux__
#include <pthread.h>
#include <sched.h>
#endif

namespace stepgpt::detail {

// A thread that is about to sleep, and where it was allowed to run.
class sleeper {
public:
#ifdef __linux__
    // Called by the thread itself, before and after.
    void lie_down() {
        thread_ = pthread_self();
        known_ = sched_getaffinity(0, sizeof allowed_, &allowed_) == 0;
    }
    void rise() {
        if (known_) sched_setaffinity(0, sizeof allowed_, &allowed_);
        known_ = false;
    }

    // Called by the thread that is about to wake it, while it sleeps: it will be woken on another processor than the
    // caller's, if it is allowed to run on another.
    void wake_elsewhere() const {
        const int here = sched_getcpu();
        cpu_set_t others = allowed_;
        if (!known_ || here < 0 || here >= CPU_SETSIZE) return;
        CPU_CLR(here, &others);
        if (CPU_COUNT(&others) > 0) pthread_setaffinity_np(thread_, sizeof others, &others);
    }

private:
    pthread_t thread_ = {};
    cpu_set_t allowed_ = {};
    bool known_ = false;
#else
    void lie_down() {}
    void rise() {}
    void wake_elsewhere() const {}
#endif
};

}  // namespace stepgpt::detail
