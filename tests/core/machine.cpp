#include <doctest/doctest.h>

#include <cstdio>

#include <stepgpt/core/machine.hpp>

using namespace stepgpt;

TEST_CASE("machine: its limits are measured, and are numbers of this world") {
    const machine m = measure_machine();
    std::printf("machine  %.1f GFLOP/s, %.1f GB/s on %d threads\n", m.operations / 1e9, m.bytes / 1e9, thread_count());
    CHECK(m.operations > 1e7);
    CHECK(m.operations < 1e15);
    CHECK(m.bytes > 1e7);
    CHECK(m.bytes < 1e13);
}
