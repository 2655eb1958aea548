// Horizontal bars: name, length, number, and each bar's share of them all.
//
//     bar_chart chart{.title = "A step", .unit = "ms", .bars = {{"forward", 12.1}, {"backward", 25.3}}};
//
// Bars begin at 0, always. Not here: negative values; they have no bar.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/report/svg.hpp>

namespace stepgpt {

struct bar_chart {
    struct bar {
        std::string name;
        double value = 0;
    };

    std::string title, unit;
    std::vector<bar> bars = {};

    svg draw(double width) const {
        constexpr double row = 27;
        svg out(width, row * static_cast<double>(bars.size()) + 4, title);
        double names = 0, longest = 0, all = 0;
        for (const auto& b : bars) {
            names = std::max(names, text_width(b.name, 12));
            longest = std::max(longest, shown(b.value));
            all += shown(b.value);
        }
        names = std::min(names, width / 3);
        const double left = names + 10, room = width - left - 104;     // 104: for "1234 ms, 100 %"
        for (std::size_t i = 0; i < bars.size(); ++i) {
            const double y = row * static_cast<double>(i) + 4, value = shown(bars[i].value);
            const double length = longest > 0 ? value / longest * room : 0;
            const double share = all > 0 ? 100 * value / all : 0;
            out.text(names, y + 15, bars[i].name, "ink end");
            out.box(left, y + 1, std::max(length, 1.0), row - 8, "bar c0");
            out.text(left + length + 8, y + 15,
                     readable(bars[i].value) + " " + unit + ", " + decimal(share, share < 9.5 ? 1 : 0) + " %");
        }
        return out;
    }

private:
    static double shown(double value) { return std::isfinite(value) && value > 0 ? value : 0; }
};

}  // namespace stepgpt
