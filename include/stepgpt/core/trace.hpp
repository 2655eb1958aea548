// Look inside a run: every layer calls trace(name, "y", y) on what it has just computed, `name` being its own ("h.0.ln_1").
//
// It costs one test of a pointer while nobody looks. A trace_sink that is installed sees each tensor with its dotted name
// (h.0.attn.att), its shape and its statistics, and may print it, keep it, or stop:
//
//     trace_to printer(print_trace(std::cout));          // until the end of this block
//     model.forward(ids, cache);
//
// Not here: changing what is computed. A sink only reads.
#pragma once

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/error.hpp>

namespace stepgpt {

struct statistics {
    double mean = 0, std = 0, min = 0, max = 0;   // of the finite values
    std::size_t count = 0, non_finite = 0;
};

template <class Real>
statistics statistics_of(const Real* x, std::size_t count) {
    statistics s{.count = count};
    double sum = 0, squares = 0;
    std::size_t finite = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = static_cast<double>(x[i]);
        if (!std::isfinite(value)) continue;
        s.min = finite ? std::min(s.min, value) : value;
        s.max = finite ? std::max(s.max, value) : value;
        sum += value;
        ++finite;
    }
    s.non_finite = count - finite;
    if (finite == 0) return s;
    s.mean = sum / static_cast<double>(finite);
    for (std::size_t i = 0; i < count; ++i) {      // a second pass: E[x^2] - E[x]^2 cancels
        const double off = static_cast<double>(x[i]) - s.mean;
        if (std::isfinite(off)) squares += off * off;
    }
    s.std = std::sqrt(squares / static_cast<double>(finite));
    return s;
}

// What a sink is shown. `values` is valid during the call only.
struct traced {
    std::string name;                   // "h.0.attn.att"
    std::vector<std::size_t> shape;
    std::vector<double> values;
    statistics stats;
};

using trace_sink = std::function<void(const traced&)>;

namespace detail {
inline const trace_sink* current_sink = nullptr;   // null: nobody looks
}  // namespace detail

inline bool tracing() { return detail::current_sink != nullptr; }

// Shows x to the sink, if there is one, under the name "layer.what".
template <class Tensor>
void trace(const std::string& layer, const char* what, const Tensor& x) {
    if (!tracing()) return;
    const auto& here = on_host(x);
    traced t{.name = layer.empty() ? what : layer + "." + what,
             .shape = {here.shape().begin(), here.shape().end()},
             .values = {here.data(), here.data() + here.size()},
             .stats = {}};
    t.stats = statistics_of(t.values.data(), t.values.size());
    (*detail::current_sink)(t);
}

// Installs a sink until the end of the block; sinks nest, the innermost one sees.
class trace_to {
public:
    explicit trace_to(trace_sink sink) : sink_(std::move(sink)), before_(detail::current_sink) {
        detail::current_sink = &sink_;
    }
    trace_to(const trace_to&) = delete;
    trace_to& operator=(const trace_to&) = delete;
    ~trace_to() { detail::current_sink = before_; }

private:
    trace_sink sink_;
    const trace_sink* before_;
};

// One line a tensor: name, shape, mean, std, min, max, and how many values are not finite.
inline trace_sink print_trace(std::ostream& out) {
    return [&out](const traced& t) {
        char line[160];
        std::snprintf(line, sizeof line, "%-24s %-20s mean %+.4e  std %.4e  min %+.4e  max %+.4e", t.name.c_str(),
                      shape_text(t.shape).c_str(), t.stats.mean, t.stats.std, t.stats.min, t.stats.max);
        out << line;
        if (t.stats.non_finite) out << "  !! " << t.stats.non_finite << " of " << t.stats.count << " not finite";
        out << '\n';
    };
}

// Keeps a copy of everything, the last under each name.
inline trace_sink store_trace(std::map<std::string, traced>& kept) {
    return [&kept](const traced& t) { kept[t.name] = t; };
}

// Stops in the debugger when the named tensor has been computed (SIGTRAP; without a debugger the program ends).
inline trace_sink break_at(std::string name) {
    return [name = std::move(name)](const traced& t) {
        if (t.name == name) std::raise(SIGTRAP);   // go `up` to the layer that computed it
    };
}

// Throws at the first tensor that holds a NaN or an infinity: the place where it was born, not where it was noticed.
inline trace_sink stop_at_non_finite() {
    return [](const traced& t) {
        if (t.stats.non_finite == 0) return;
        const auto bad = std::find_if_not(t.values.begin(), t.values.end(), [](double v) { return std::isfinite(v); });
        throw error({.where = "trace",
                     .subject = t.name,
                     .found = std::to_string(t.stats.non_finite) + " of " + std::to_string(t.stats.count) +
                              " values not finite, the first at index " + std::to_string(bad - t.values.begin()),
                     .wanted = "finite values",
                     .hint = "all tensors computed before this one were finite: look at its inputs"});
    };
}

}  // namespace stepgpt
