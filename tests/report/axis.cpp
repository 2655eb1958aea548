#include <stepgpt/report/axis.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

std::vector<std::string> words(const axis& a) {
    std::vector<std::string> out;
    for (const double tick : a.ticks) out.push_back(a.text(tick));
    return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("tick_step: 1, 2 or 5 times a power of ten, the smallest that fits") {
    CHECK(tick_step(10, 10) == 1);
    CHECK(tick_step(10, 9) == 2);
    CHECK(tick_step(10, 5) == 2);
    CHECK(tick_step(10, 4) == 5);
    CHECK(tick_step(10, 1) == 10);
    CHECK(tick_step(2000, 5) == 500);
    CHECK(tick_step(0.3, 3) == doctest::Approx(0.1));
    CHECK(tick_step(7e-5, 4) == doctest::Approx(2e-5));
}

TEST_CASE("linear_axis: ticks by hand") {
    CHECK(words(linear_axis(0, 2000, 5, false)) == list{"0", "500", "1000", "1500", "2000"});
    CHECK(words(linear_axis(3, 97, 5, false)) == list{"20", "40", "60", "80"});
    CHECK(words(linear_axis(-0.3, 0.3, 6, true)) == list{"-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"});
    CHECK(words(linear_axis(0, 1e-3, 2, true)) == list{"0", "0.0005", "0.001"});
    CHECK(words(linear_axis(0, 4e-5, 2, true)) == list{"0", "2e-5", "4e-5"});
    CHECK(words(linear_axis(0, 40000, 2, true)) == list{"0", "20k", "40k"});
}

TEST_CASE("linear_axis: rounded ends are ticks and hold all values") {
    const auto a = linear_axis(1.49, 4.17, 8, true);
    CHECK(a.low == 1);
    CHECK(a.high == 4.5);
    CHECK(a.at(1) == 0);
    CHECK(a.at(4.5) == 1);
    CHECK(a.at(2.75) == 0.5);
}

TEST_CASE("linear_axis: one value, or none worth a difference, still makes an axis") {
    for (const double value : {0.0, 5.0, -3.0, 1e-30, 1e50}) {
        const auto a = linear_axis(value, value, 5, true);
        CHECK(a.low < a.high);
        CHECK(a.ticks.size() >= 2);
        CHECK(a.ticks.size() < 20);
        CHECK(a.at(value) > 0);
        CHECK(a.at(value) < 1);
    }
}

TEST_CASE("log_axis: decades, or 1-2-5 where they are few") {
    CHECK(words(log_axis(0.3, 4, 8)) == list{"0.2", "0.5", "1", "2", "5"});
    CHECK(words(log_axis(0.3, 4, 4)) == list{"1"});
    CHECK(words(log_axis(1e-5, 1, 6)) == list{"1e-5", "0.0001", "0.001", "0.01", "0.1", "1"});
    CHECK(words(log_axis(1e-6, 1, 4)) == list{"1e-6", "0.0001", "0.01", "1"});
    CHECK(words(log_axis(3, 3, 8)) == list{"2", "5"});
    CHECK(words(log_axis(1, 1, 8)) == list{"1", "2"});
    const auto a = log_axis(1e-4, 1e-2, 4);
    CHECK(a.at(1e-3) == doctest::Approx(0.5));
}

TEST_CASE("axis::can_show: what has a place") {
    CHECK(axis::can_show(-1, false));
    CHECK(!axis::can_show(std::nan(""), false));
    CHECK(!axis::can_show(HUGE_VAL, false));
    CHECK(!axis::can_show(1e200, false));
    CHECK(!axis::can_show(0, true));
    CHECK(axis::can_show(1e-9, true));
}

TEST_CASE("spread: labels keep their distance and move as little as possible") {
    CHECK(spread({10, 50, 90}, 14, 0, 100) == std::vector<double>{10, 50, 90});
    CHECK(spread({50, 50}, 10, 0, 100) == std::vector<double>{45, 55});
    CHECK(spread({40, 44, 48}, 10, 0, 100) == std::vector<double>{34, 44, 54});
    CHECK(spread({0, 1}, 10, 0, 100) == std::vector<double>{0, 10});           // not beyond the edge
    CHECK(spread({99, 100}, 10, 0, 100) == std::vector<double>{90, 100});
    CHECK(spread({5, 5, 5}, 10, 0, 10) == std::vector<double>{0, 10, 20});     // no room: the distance counts
    CHECK(spread({}, 10, 0, 100).empty());
}
