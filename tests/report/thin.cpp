#include <stepgpt/report/thin.hpp>

#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

using namespace stepgpt;

namespace {

std::vector<double> count_to(std::size_t n) {
    std::vector<double> x(n);
    std::iota(x.begin(), x.end(), 0.0);
    return x;
}

}  // namespace

TEST_CASE("thin: of each column the first, the last, the lowest and the highest") {
    const std::vector<double> y = {3, 9, 1, 4, 5, 5, 5, 5};
    CHECK(thin(count_to(8), y, 2) == std::vector<std::size_t>{0, 1, 2, 3, 4, 7});
    CHECK(thin(count_to(8), y, 100) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("thin: a single spike among a million survives") {
    const auto x = count_to(1'000'000);
    std::vector<double> y(x.size(), 2.0);
    y[345'678] = 50;
    y[345'679] = -50;
    const auto kept = thin(x, y, 300);
    CHECK(kept.size() <= 1200);
    CHECK(std::count(kept.begin(), kept.end(), 345'678u) == 1);
    CHECK(std::count(kept.begin(), kept.end(), 345'679u) == 1);
    CHECK(std::is_sorted(kept.begin(), kept.end()));
    CHECK(kept.front() == 0);
    CHECK(kept.back() == 999'999);
}

TEST_CASE("thin: where values are not finite the line still breaks, and extremes are found around it") {
    const double nan = std::nan("");
    CHECK(thin(count_to(7), {nan, 2, 1, nan, 4, 3, nan}, 1) == std::vector<std::size_t>{0, 2, 4, 6});
    CHECK(thin(count_to(3), {1, HUGE_VAL, 1}, 1) == std::vector<std::size_t>{0, 1, 2});
    CHECK(thin(count_to(3), {nan, nan, nan}, 1) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("thin: nothing, one point, one place") {
    CHECK(thin({}, {}, 10).empty());
    CHECK(thin({5}, {1}, 10) == std::vector<std::size_t>{0});
    CHECK(thin({5, 5, 5}, {1, 3, 2}, 10) == std::vector<std::size_t>{0, 1, 2});
}
