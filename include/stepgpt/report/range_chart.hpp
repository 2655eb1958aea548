// A row for each name: where its value lies now, and where it has been; on a logarithmic axis, with a line where it
// should lie and a band around that. For instance |update| / |weights| of every tensor, which should be near 1e-3.
//
// A row needs no colour of its own, so there may be many. Not here: values not above 0; a row of them says so in words.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <stepgpt/report/axis.hpp>
#include <stepgpt/report/svg.hpp>

namespace stepgpt {

struct range_chart {
    struct row {
        std::string name;
        std::vector<double> values;                            // in the order of time
    };

    std::string title, x_name;
    std::vector<row> rows = {};
    double aim = 1e-3, band_low = 1e-4, band_high = 1e-2;      // above 0

    // Leaves out all but the `most` rows whose last value is farthest from the aim, by factors.
    void keep_farthest(std::size_t most) {
        if (rows.size() <= most) return;
        const auto distance = [this](const row& r) {
            const bool known = !r.values.empty() && axis::can_show(r.values.back(), true);
            return known ? std::abs(std::log(r.values.back() / aim)) : HUGE_VAL;
        };
        std::vector<double> distances;
        for (const auto& r : rows) distances.push_back(distance(r));
        std::sort(distances.begin(), distances.end(), std::greater<>());
        std::erase_if(rows, [&](const row& r) { return distance(r) < distances[most - 1]; });
        rows.resize(most);                                     // of equal ones the first
    }

    svg draw(double width) const {
        constexpr double height = 19, top = 24;
        const double bottom = top + height * static_cast<double>(rows.size()) + 4;
        const double left = names_width() + 10, right = width - 20;
        const axis x = x_axis((right - left) / 50);
        const auto px = [&](double value) { return left + x.at(value) * (right - left); };
        svg out(width, bottom + 20, title);
        out.text(0, 12, x_name, "ink");
        out.box(px(band_low), top, px(band_high) - px(band_low), bottom - top, "band");
        for (const double tick : x.ticks) {
            out.line(px(tick), top, px(tick), bottom, "grid");
            out.text(px(tick), bottom + 14, x.text(tick), "small middle");
        }
        out.line(px(aim), top, px(aim), bottom, "mark");
        double y = top + 2 + height / 2;
        for (const auto& r : rows) {
            out.text(left - 10, y + 4, shortened(r.name, longest_name), "mono end");
            draw_values(out, r, y, left + 4, px);
            y += height;
        }
        return out;
    }

private:
    static constexpr std::size_t longest_name = 26;

    double names_width() const {
        std::size_t letters = 0;
        for (const auto& r : rows) letters = std::max(letters, r.name.size());
        return 6.8 * static_cast<double>(std::min(letters, longest_name));        // of 11 pixels, all equally wide
    }

    static std::vector<double> shown(const row& r) {
        std::vector<double> values;
        for (const double value : r.values)
            if (axis::can_show(value, true)) values.push_back(value);
        return values;
    }

    axis x_axis(double most_ticks) const {
        double low = band_low, high = band_high;
        for (const auto& r : rows)
            for (const double value : shown(r)) {
                low = std::min(low, value);
                high = std::max(high, value);
            }
        return log_axis(low / 1.3, high * 1.3, static_cast<std::size_t>(std::max(most_ticks, 2.0)));
    }

    template <class Place>
    static void draw_values(svg& out, const row& r, double y, double left, Place&& px) {
        const auto values = shown(r);
        const char* why_none = r.values.empty() ? "not measured" : "0 or not finite";
        if (values.empty()) return out.text(left, y + 4, why_none, "small");
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        if (*low < *high) out.line(px(*low), y, px(*high), y, "line c0");
        out.circle(px(values.back()), y, 4, "dot c0",
                   r.name + ": " + readable(values.back()) + ", between " + readable(*low) + " and " + readable(*high));
    }
};

}  // namespace stepgpt
