#include <stepgpt/train/signals.hpp>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("the first signal asks, and the program goes on") {
    const auto before = std::signal(SIGTERM, SIG_IGN);
    {
        stop_on_signal listening;
        CHECK(stop_requested() == 0);
        std::raise(SIGTERM);
        CHECK(stop_requested() == SIGTERM);
    }
    const bool restored = std::signal(SIGTERM, before) == SIG_IGN;
    CHECK(restored);                                    // what was there before is there again
    { stop_on_signal again; CHECK(stop_requested() == 0); }
}
