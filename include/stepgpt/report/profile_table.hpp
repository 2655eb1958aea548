// A profile as a table: operation by operation, the longest first, what it took and how near the limit that is.
//
// The limit is the roofline's: an operation needs at least operations / peak and at least bytes / bandwidth seconds.
// The last column is that over the time it took. What caches hold comes faster than from memory: it may exceed 100 %.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include <stepgpt/core/machine.hpp>
#include <stepgpt/core/profile.hpp>

namespace stepgpt {

// The mean of the blocks that were measured: of steps, if each step was one.
inline std::string profile_table(const profile& where, const machine& peak) {
    const double all = where.seconds(), n = static_cast<double>(std::max<std::size_t>(where.blocks(), 1));
    std::vector<profile_line> lines = where.lines();
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    char text[200];
    const auto print = [&text](auto... arguments) {
        std::snprintf(text, sizeof text, arguments...);
        return std::string(text);
    };
    std::string table = print("%-30s %7s %9s %7s %8s %8s %9s\n", "a step", "calls", "ms", "share", "GFLOP/s", "GB/s",
                              "of limit");
    double counted = 0, limits = 0;
    for (const auto& line : lines) {
        const double limit = std::max(line.operations / peak.operations, line.bytes / peak.bytes);
        counted += line.seconds;
        limits += limit;
        table += print("%-30s %7.1f %9.3f %6.1f%% %8.1f %8.1f %8.0f%%\n", line.name,
                       static_cast<double>(line.calls) / n, 1e3 * line.seconds / n, 100 * line.seconds / all,
                       line.operations / line.seconds / 1e9, line.bytes / line.seconds / 1e9, 100 * limit / line.seconds);
    }
    table += print("%-30s %7s %9.3f %6.1f%%\n", "all else", "", 1e3 * (all - counted) / n,
                   100 * (all - counted) / all);
    table += print("%-30s %7s %9.3f %6.1f%% %8s %8s %8.0f%%\n", "together", "", 1e3 * all / n, 100.0, "", "",
                   100 * limits / all);
    return table + print("this machine: %.1f GFLOP/s, %.1f GB/s, measured just now\n", peak.operations / 1e9,
                         peak.bytes / 1e9);
}

}  // namespace stepgpt
