// Ctrl-C that loses nothing: the first SIGINT or SIGTERM asks the loop to finish its step and save; the second one ends the
// program at once (the last checkpoint stays whole, whatever happens).
#pragma once

#include <csignal>

namespace stepgpt {

namespace detail {
inline volatile std::sig_atomic_t signal_received = 0;
}

// 0, or the number of the signal that asked to stop.
inline int stop_requested() { return detail::signal_received; }

// Listens while it lives, and restores what was there before.
class stop_on_signal {
public:
    stop_on_signal() {
        detail::signal_received = 0;
        interrupt_ = std::signal(SIGINT, &note);
        terminate_ = std::signal(SIGTERM, &note);
    }
    stop_on_signal(const stop_on_signal&) = delete;
    stop_on_signal& operator=(const stop_on_signal&) = delete;
    ~stop_on_signal() {
        std::signal(SIGINT, interrupt_);
        std::signal(SIGTERM, terminate_);
    }

private:
    static void note(int number) {
        detail::signal_received = number;
        std::signal(number, SIG_DFL);     // the second one is not caught
    }

    void (*interrupt_)(int);
    void (*terminate_)(int);
};

}  // namespace stepgpt
