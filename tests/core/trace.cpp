// Looking inside: what a sink is shown, under which name, and what the four sinks do with it.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/core/trace.hpp>

using stepgpt::tensor;
using stepgpt::trace;
using stepgpt::trace_to;

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// What two layers of a model would do.
void forward(float attention) {
    const tensor<float, 2> q{{1, 2}, {3, 4}}, att{{attention}};
    trace("", "wte", q);
    trace("h.0.attn", "q", q);
    trace("h.0.attn", "att", att);
}

volatile std::sig_atomic_t traps = 0;
void count_trap(int) { traps = traps + 1; }
}  // namespace

TEST_CASE("statistics: by hand") {
    const float x[] = {1, 2, 3, 4};
    const auto s = stepgpt::statistics_of(x, 4);
    CHECK(s.mean == 2.5);
    CHECK(s.std == doctest::Approx(std::sqrt(1.25)));
    CHECK(s.min == 1);
    CHECK(s.max == 4);
    CHECK(s.count == 4);
    CHECK(s.non_finite == 0);
}

TEST_CASE("statistics: of the finite values, and the others counted") {
    const float x[] = {not_a_number, -3, infinity, 5, -infinity};
    const auto s = stepgpt::statistics_of(x, 5);
    CHECK(s.mean == 1);
    CHECK(s.std == 4);
    CHECK(s.min == -3);
    CHECK(s.max == 5);
    CHECK(s.count == 5);
    CHECK(s.non_finite == 3);

    CHECK(stepgpt::statistics_of(x, 0).count == 0);
    CHECK(stepgpt::statistics_of(x, 1).non_finite == 1);
    CHECK(stepgpt::statistics_of(x, 1).mean == 0);
}

TEST_CASE("statistics: a small spread around a large mean is not lost") {
    std::vector<double> x(1000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1e9 + double(i % 2);
    CHECK(stepgpt::statistics_of(x.data(), x.size()).std == doctest::Approx(0.5));
}

TEST_CASE("trace: nobody looks, nothing happens") {
    CHECK_FALSE(stepgpt::tracing());
    forward(1);
}

TEST_CASE("trace: a sink sees names with their places, shapes and values") {
    std::map<std::string, stepgpt::traced> kept;
    {
        const trace_to store(stepgpt::store_trace(kept));
        CHECK(stepgpt::tracing());
        forward(1);
    }
    CHECK_FALSE(stepgpt::tracing());
    REQUIRE(kept.size() == 3);
    const auto& q = kept.at("h.0.attn.q");
    CHECK(q.shape == std::vector<std::size_t>{2, 2});
    CHECK(q.values == std::vector<double>{1, 2, 3, 4});
    CHECK(q.stats.mean == 2.5);
    CHECK(kept.count("wte") == 1);
    CHECK(kept.at("h.0.attn.att").shape == std::vector<std::size_t>{1, 1});
}

TEST_CASE("trace: the innermost sink sees, and the outer one again after it") {
    std::map<std::string, stepgpt::traced> outer, inner;
    const tensor<float, 1> x{1};
    const trace_to first(stepgpt::store_trace(outer));
    trace("ln_f", "before", x);
    {
        const trace_to second(stepgpt::store_trace(inner));
        trace("ln_f", "within", x);
    }
    trace("ln_f", "after", x);
    CHECK(outer.size() == 2);
    CHECK(outer.count("ln_f.within") == 0);
    CHECK(inner.size() == 1);
}

TEST_CASE("print_trace: one line a tensor") {
    std::ostringstream out;
    {
        const trace_to printer(stepgpt::print_trace(out));
        forward(not_a_number);
    }
    std::istringstream lines(out.str());
    std::string line;
    std::getline(lines, line);
    CHECK(line == "wte                      (2, 2)               mean +2.5000e+00  std 1.1180e+00  min +1.0000e+00  max "
                  "+4.0000e+00");
    std::getline(lines, line);
    CHECK(line.find("h.0.attn.q ") == 0);
    std::getline(lines, line);
    CHECK(line.find("!! 1 of 1 not finite") != std::string::npos);
    CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("stop_at_non_finite: the place where it was born") {
    const trace_to stop(stepgpt::stop_at_non_finite());
    CHECK_NOTHROW(forward(1));
    try {
        forward(infinity);
        FAIL("no error");
    } catch (const stepgpt::error& e) {
        CHECK(e.about().subject == "h.0.attn.att");
        CHECK(e.about().found == "1 of 1 values not finite, the first at index 0");
    }
}

TEST_CASE("break_at: a trap at the named tensor, and only there") {
    const auto before = std::signal(SIGTRAP, count_trap);
    {
        const trace_to stop(stepgpt::break_at("h.0.attn.att"));
        forward(1);
        CHECK(traps == 1);
    }
    {
        const trace_to stop(stepgpt::break_at("h.0.attn.z"));
        forward(1);
        CHECK(traps == 1);
    }
    std::signal(SIGTRAP, before);
}
