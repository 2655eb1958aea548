// Fewer points, the same picture: of the points in one column of pixels keep the first, the last, the lowest and the
// highest (M4: Jugel, Jerzak, Hackenbroich, Markl, VLDB 2014). So no spike is lost, which every n-th point would do.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace stepgpt {

// Indices of the points to draw, in order. x does not decrease. Of the values that are not finite, each column keeps
// one: the line must break there.
inline std::vector<std::size_t> thin(const std::vector<double>& x, const std::vector<double>& y, std::size_t columns) {
    std::vector<std::size_t> kept;
    const std::size_t count = std::min(x.size(), y.size());
    const auto column = [&](std::size_t i) {
        const double width = x[count - 1] - x[0];
        if (!(width > 0)) return std::size_t{0};
        return static_cast<std::size_t>((x[i] - x[0]) / width * static_cast<double>(columns) * (1 - 1e-12));
    };
    for (std::size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && column(end) == column(begin);) ++end;
        std::size_t lowest = end, highest = end, broken = end;             // end: none yet
        for (std::size_t i = begin; i < end; ++i) {
            if (!std::isfinite(y[i])) broken = i;
            else if (lowest == end) lowest = highest = i;
            else if (y[i] < y[lowest]) lowest = i;
            else if (y[i] > y[highest]) highest = i;
        }
        std::array<std::size_t, 5> of_column = {begin, lowest, highest, broken, end - 1};
        std::sort(of_column.begin(), of_column.end());
        for (const std::size_t i : of_column)
            if (i < end && (kept.empty() || kept.back() != i)) kept.push_back(i);
    }
    return kept;
}

}  // namespace stepgpt
