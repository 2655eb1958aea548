#include <stepgpt/train/progress.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("numbers as people read them") {
    CHECK(detail::short_count(950) == "950");
    CHECK(detail::short_count(14'230) == "14.2k");
    CHECK(detail::short_count(1'536'000) == "1.54M");
    CHECK(detail::clock_time(41) == "0:41");
    CHECK(detail::clock_time(3723) == "1:02:03");
    CHECK(detail::clock_time(-5) == "0:00");              // a clock that went back
}

TEST_CASE("a bar and a curve") {
    CHECK(detail::bar(400, 2000, 10) == "[##--------]");
    CHECK(detail::bar(2000, 2000, 4) == "[####]");
    CHECK(detail::sparkline({4, 3, 2, 1}, 4, true) == "█▆▃▁");
    CHECK(detail::sparkline({4, 3, 2, 1}, 4, false) == "#-._");
    CHECK(detail::sparkline({1, 1, 1}, 3, true) == "▁▁▁");
    CHECK(detail::sparkline({1}, 3, true).empty());
}

TEST_CASE("the line of a step says all that matters") {
    const std::string line = progress().line({.step = 400, .steps = 2000, .loss = 2.31, .validation = 2.35, .lr = 9.8e-4,
                                              .gradient_norm = 0.91, .tokens_per_second = 14230, .seconds_left = 41});
    for (const char* part : {"step  400/2000", "loss 2.3100", "val 2.3500", "lr 9.8e-04", "|g| 0.91", "14.2k tok/s", "0:41 left"})
        CHECK_MESSAGE(line.find(part) != std::string::npos, part, " in: ", line);
}
