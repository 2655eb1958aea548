// Lines over one x: losses, rates, norms. With reference lines that carry their names, and pins at places of interest.
//
//     line_chart chart{.title = "Loss", .x_name = "step", .y_name = "loss (nats a token)"};
//     chart.lines.push_back({.name = "train", .x = steps, .y = losses});
//     chart.marks.push_back({.name = "bigram", .value = 2.48});
//     write_file("loss.svg", svg_file(chart.draw(740, 360)));
//
// A line is broken where its value is not finite (or, on a logarithmic axis, not above 0), and the chart says how many
// such values there were. Not here: smoothing. What is drawn is what was measured, thinned to what a pixel can show.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/core/sort_by.hpp>
#include <stepgpt/report/axis.hpp>
#include <stepgpt/report/svg.hpp>
#include <stepgpt/report/thin.hpp>

namespace stepgpt {

struct line_chart {
    struct series {
        std::string name;
        std::vector<double> x, y;              // equally many; x does not decrease
        bool dots = false;                     // a dot with its numbers at each point
    };
    struct mark {                              // a horizontal line
        std::string name;
        double value = 0;
        bool strong = false;                   // drawn through, not dashed
    };
    struct pin {                               // a numbered vertical line
        double x = 0;
        std::string tip, link;                 // shown when pointed at; where a click leads (#name)
    };

    std::string title, x_name, y_name;
    std::vector<series> lines = {};
    std::vector<mark> marks = {};
    std::vector<pin> pins = {};                // in order of x
    bool log_y = false;
    double x_low = 0, x_high = 0;              // 0, 0: as the lines need
    double right = 16;                         // pixels for the names of marks; charts over the same x share it

    svg draw(double width, double height) const {
        svg out(width, height, title);
        const double left = 54, top = head(out, width), bottom = height - 38;
        const axis x = x_axis((width - left - right) / 70), y = y_axis((bottom - top) / 30);
        const frame f{x, y, left, width - right, top, bottom};
        grid(out, f);
        draw_marks(out, f);
        draw_pins(out, f);
        for (std::size_t i = 0; i < lines.size(); ++i) draw_line(out, f, i);
        if (const auto lost = lost_values(); lost > 0)
            out.text(left + 6, bottom - 6,
                     (log_y ? "not finite or not above 0: " : "not finite: ") + std::to_string(lost), "small");
        return out;
    }

private:
    struct frame {
        const axis &x, &y;
        double left, right, top, bottom;

        double px(double value) const { return left + x.at(value) * (right - left); }
        double py(double value) const { return bottom - y.at(value) * (bottom - top); }
    };

    // Four colours, then the same ones dashed.
    static std::string colour(std::size_t i) { return "c" + std::to_string(i % 4) + (i / 4 % 2 ? " again" : ""); }

    // What the y axis counts, then each line's colour and name; gives the height where the plot begins. A sole line
    // without a name wears that of the axis.
    double head(svg& out, double width) const {
        const bool sole = lines.size() == 1 && lines[0].name.empty();
        double x = sole ? 0 : text_width(y_name, 12) + 16, y = 14;
        if (!sole) out.text(0, y, y_name, "ink");
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const auto& name = sole ? y_name : lines[i].name;
            const double needed = 24 + text_width(name, 12) + 16;
            if (x > 0 && x + needed > width) x = 0, y += 19;
            out.line(x, y - 4, x + 18, y - 4, "line " + colour(i));
            if (lines[i].dots) out.circle(x + 9, y - 4, 3.5, "dot " + colour(i));
            out.text(x + 24, y, name, "ink");
            x += needed;
        }
        return y + (pins.empty() ? 14 : 36);
    }

    axis x_axis(double most_ticks) const {
        double low = x_low, high = x_high;
        if (low == high) range([&](auto&& take) {
            for (const auto& line : lines)
                for (const double value : line.x) take(value, false);
        }, low, high);
        return linear_axis(low, high, static_cast<std::size_t>(std::max(most_ticks, 2.0)), false);
    }

    axis y_axis(double most_ticks) const {
        double low = 0, high = 1;
        range([&](auto&& take) {
            for (const auto& line : lines)
                for (const double value : line.y) take(value, log_y);
            for (const auto& mark : marks) take(mark.value, log_y);
        }, low, high);
        const auto most = static_cast<std::size_t>(std::max(most_ticks, 2.0));
        return log_y ? log_axis(low, high, most) : linear_axis(low, high, most, true);
    }

    // The least and the greatest of the values that can be shown; without any, low and high stay.
    template <class Each>
    static void range(Each&& each, double& low, double& high) {
        bool any = false;
        each([&](double value, bool log) {
            if (!axis::can_show(value, log)) return;
            low = any ? std::min(low, value) : value;
            high = any ? std::max(high, value) : value;
            any = true;
        });
        if (!any) low = 0.1, high = 1;
    }

    std::size_t lost_values() const {
        std::size_t lost = 0;
        for (const auto& line : lines)
            for (const double value : line.y) lost += !axis::can_show(value, log_y);
        return lost;
    }

    void grid(svg& out, const frame& f) const {
        for (const double tick : f.y.ticks) {
            out.line(f.left, f.py(tick), f.right, f.py(tick), "grid");
            out.text(f.left - 7, f.py(tick) + 4, f.y.text(tick), "end");
        }
        out.line(f.left, f.bottom, f.right, f.bottom, "rim");
        for (const double tick : f.x.ticks) {
            out.line(f.px(tick), f.bottom, f.px(tick), f.bottom + 5, "rim");
            out.text(f.px(tick), f.bottom + 18, f.x.text(tick), "middle");
        }
        out.text(f.right, f.bottom + 34, x_name, "end");
    }

    // Names stand at the right of their lines, moved apart where they would touch.
    void draw_marks(svg& out, const frame& f) const {
        std::vector<const mark*> sorted;
        for (const auto& m : marks)
            if (axis::can_show(m.value, log_y)) sorted.push_back(&m);
        sort_by(sorted, [](const mark* a, const mark* b) { return a->value > b->value; });
        std::vector<double> places;
        for (const mark* m : sorted) places.push_back(f.py(m->value));
        places = spread(std::move(places), 14, f.top, f.bottom);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            const double y = f.py(sorted[i]->value);
            out.line(f.left, y, f.right, y, sorted[i]->strong ? "strong" : "mark");
            out.line(f.right, y, f.right + 8, places[i], "rim");
            out.text(f.right + 11, places[i] + 4, sorted[i]->name + " " + fixed(sorted[i]->value, 3), "small ink");
        }
    }

    void draw_pins(svg& out, const frame& f) const {
        std::vector<double> places;
        for (const auto& p : pins) places.push_back(f.px(p.x));
        places = spread(std::move(places), 19, f.left, f.right);
        for (std::size_t i = 0; i < pins.size(); ++i) {
            const double x = f.px(pins[i].x), y = f.top - 16;
            out.line(places[i], y + 8, x, f.top, "grid");
            out.line(x, f.top, x, f.bottom, "grid");
            out.open_link(pins[i].link, pins[i].tip);
            out.circle(places[i], y, 8.5, "pin");
            out.text(places[i], y + 4, std::to_string(i + 1), "small ink middle");
            out.close_link();
        }
    }

    void draw_line(svg& out, const frame& f, std::size_t number) const {
        const auto& line = lines[number];
        const auto points = thin(line.x, line.y, static_cast<std::size_t>((f.right - f.left) / 2));
        std::string commands;
        bool down = false;                     // is the pen on the paper?
        for (const std::size_t i : points) {
            const bool shown = axis::can_show(line.y[i], log_y);
            const auto place = shown ? decimal(f.px(line.x[i]), 1) + " " + decimal(f.py(line.y[i]), 1) : "";
            if (shown) commands += down ? " " + place : "M" + place + "L" + place;   // L: a lonely point is a dot
            down = shown;
        }
        out.path(commands, "line " + colour(number));
        const bool few = points.size() <= 120;
        for (const std::size_t i : points) {
            if (!axis::can_show(line.y[i], log_y) || !((line.dots && few) || points.size() == 1)) continue;
            out.circle(f.px(line.x[i]), f.py(line.y[i]), 3.5, "dot " + colour(number),
                       x_name + " " + decimal(line.x[i], 3) + ": " + line.name + " " + decimal(line.y[i], 4));
        }
    }
};

}  // namespace stepgpt
