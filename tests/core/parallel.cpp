// Threads may change the time and nothing else: neither the bits, nor who hears of an exception.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <stepgpt/core/parallel.hpp>

namespace {
// Runs the test with 1, 2, 3 and 4 threads, and leaves the number as it was.
template <class Test>
void on_1_to_4_threads(Test&& test) {
    const int before = stepgpt::thread_count();
    for (int threads = 1; threads <= 4; ++threads) {
        stepgpt::set_thread_count(threads);
        CAPTURE(threads);
        test();
    }
    stepgpt::set_thread_count(before);
}

// Terms of very different size and both signs: their sum depends on the order in which they are added.
double term(std::size_t i) { return std::ldexp(std::sin(double(i)), int(i % 40) - 20); }

double sum_of_terms(std::size_t count) {
    return stepgpt::tree_sum(count, [](std::size_t begin, std::size_t end) {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += term(i);
        return sum;
    });
}
}  // namespace

TEST_CASE("parallel_for: every index exactly once, in ranges that start at multiples of the grain") {
    on_1_to_4_threads([] {
        for (const std::size_t count : {0, 1, 7, 8, 9, 100, 1001}) {
            for (const std::size_t grain : {1, 8, 2000}) {
                std::vector<std::atomic<int>> visits(count);
                std::atomic<bool> aligned = true;
                stepgpt::parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
                    if (begin % grain != 0 || (end % grain != 0 && end != count)) aligned = false;
                    for (std::size_t i = begin; i < end; ++i) ++visits[i];
                });
                CAPTURE(count);
                CAPTURE(grain);
                CHECK(aligned);
                for (const auto& visit : visits) CHECK(visit == 1);
            }
        }
    });
}

TEST_CASE("tree_sum: the same bits on any number of threads") {
    for (const std::size_t count : {1, 4095, 4096, 4097, 50'000, 200'001}) {
        std::set<std::uint64_t> results;
        on_1_to_4_threads([&] { results.insert(std::bit_cast<std::uint64_t>(sum_of_terms(count))); });
        CAPTURE(count);
        CHECK(results.size() == 1);
    }
}

TEST_CASE("tree_sum: a sum") {
    const auto ones = [](std::size_t begin, std::size_t end) { return double(end - begin); };
    on_1_to_4_threads([&] {
        CHECK(stepgpt::tree_sum(0, ones) == 0);
        CHECK(stepgpt::tree_sum(1, ones) == 1);
        CHECK(stepgpt::tree_sum(1'000'003, ones) == 1'000'003);
    });
    CHECK(sum_of_terms(100) == doctest::Approx([] {
        double sum = 0;
        for (std::size_t i = 0; i < 100; ++i) sum += term(i);
        return sum;
    }()));
}

TEST_CASE("tree_sum: rounding errors stay small where a running float sum drowns") {
    constexpr std::size_t n = 1 << 24;
    const double tree = stepgpt::tree_sum(n, [](std::size_t begin, std::size_t end) {
        float sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += 0.1f;
        return double(sum);
    });
    float running = 0;
    for (std::size_t i = 0; i < n; ++i) running += 0.1f;
    const double exact = double(0.1f) * n;
    CHECK(std::abs(tree - exact) / exact < 1e-4);
    CHECK(std::abs(running - exact) / exact > 1e-2);
}

TEST_CASE("parallel_for: an exception reaches the caller") {
    on_1_to_4_threads([] {
        const auto fails_at = [](std::size_t bad) {
            stepgpt::parallel_for(64, 1, [=](std::size_t begin, std::size_t end) {
                if (begin <= bad && bad < end) throw std::runtime_error("row " + std::to_string(bad));
            });
        };
        CHECK_THROWS_WITH_AS(fails_at(0), "row 0", std::runtime_error);
        CHECK_THROWS_WITH_AS(fails_at(63), "row 63", std::runtime_error);
        CHECK_NOTHROW(fails_at(64));   // and the next region works as if nothing had happened
    });
}

TEST_CASE("parallel_team: a phase begins when the one before it has ended everywhere") {
    on_1_to_4_threads([] {
        constexpr std::size_t n = 1000;
        std::vector<int> first(n), second(n);
        std::atomic<int> members = 0;
        stepgpt::parallel_team([&](stepgpt::team team) {
            ++members;
            CHECK(team.thread() < team.threads());
            team.each(n, [&](std::size_t i) { first[i] = int(i); });
            team.each(n, [&](std::size_t i) { second[i] = first[n - 1 - i]; });   // written by another thread
        });
        CHECK(members >= 1);   // a thread that wakes too late is not waited for
        CHECK(members <= stepgpt::thread_count());
        for (std::size_t i = 0; i < n; ++i) CHECK(second[i] == int(n - 1 - i));
    });
}

TEST_CASE("parallel_team: no more members than asked for, so that memory for each of them suffices") {
    on_1_to_4_threads([] {
        for (int repeat = 0; repeat < 200; ++repeat) {
            std::atomic<std::size_t> members = 0, largest = 0;
            stepgpt::parallel_team([&](stepgpt::team team) {
                ++members;
                largest = std::max(largest.load(), team.thread());
                CHECK(team.threads() <= 2);
            }, 2);
            CHECK(members <= 2);
            CHECK(largest < 2);
        }
    });
}

#ifdef __linux__
TEST_CASE("a thread that has slept may run where it might before") {
    on_1_to_4_threads([] {
        const auto processors = [] {
            cpu_set_t allowed;
            CHECK(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
            return CPU_COUNT(&allowed);
        };
        const int all = processors();
        for (int repeat = 0; repeat < 20; ++repeat) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));   // the workers fall asleep after 50 microseconds
            std::atomic<int> fewest = all;
            stepgpt::parallel_for(64, 1, [&](std::size_t, std::size_t) { fewest = std::min(fewest.load(), processors()); });
            CHECK(fewest == all);
        }
    });
}
#endif

TEST_CASE("a region inside a region runs on the thread that meets it") {
    on_1_to_4_threads([] {
        std::atomic<int> sum = 0;
        stepgpt::parallel_for(4, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                stepgpt::parallel_for(10, 1, [&](std::size_t b, std::size_t e) { sum += int(e - b); });
        });
        CHECK(sum == 40);
    });
}

TEST_CASE("thread count: at least one") {
    const int before = stepgpt::thread_count();
    stepgpt::set_thread_count(0);
    CHECK(stepgpt::thread_count() == 1);
    stepgpt::set_thread_count(before);
    CHECK(stepgpt::thread_count() == before);
}
