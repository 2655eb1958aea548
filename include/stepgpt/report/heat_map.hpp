// A table of numbers as shades of one colour: attention, or which token follows which.
//
//     heat_map map{.title = "Bigrams", .rows = V, .columns = V, .values = p, .row_names = tokens};
//     write_file("bigrams.svg", svg_file(map.draw(600)));
//
// Nine shades from 0 to the largest value; below half a shade, nothing. Neighbours of one shade are one stroke, which
// keeps a page with a hundred maps small. Not here: negative values.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/report/svg.hpp>

namespace stepgpt {

inline constexpr int heat_shades = 9;

// The shade, 0 to 9, of a value between 0 and `high`: equal steps of its square root, so that small weights are seen.
inline int heat_shade(double value, double high) {
    if (!(value > 0) || !(high > 0)) return 0;
    return static_cast<int>(std::lround(heat_shades * std::sqrt(std::min(value / high, 1.0))));
}

// The value that has just this shade.
inline double heat_value(int shade, double high) { return high * shade * shade / (heat_shades * heat_shades); }

inline std::string heat_stroke(int shade, const std::string& commands) {
    const auto opacity = decimal(shade / double{heat_shades}, 2);
    return "<path class='heat' stroke-opacity='" + opacity + "' d='" + commands + "'/>\n";
}

// values (rows, columns) -> strokes of height 1, one path a shade, for a drawing whose unit is a cell.
template <class Real>
std::string heat_cells(const Real* values, std::size_t rows, std::size_t columns, double high) {
    std::array<std::string, heat_shades + 1> strokes;
    for (std::size_t row = 0; row < rows; ++row) {
        const auto shade = [&](std::size_t column) {
            return heat_shade(static_cast<double>(values[row * columns + column]), high);
        };
        for (std::size_t begin = 0, end; begin < columns; begin = end) {
            for (end = begin + 1; end < columns && shade(end) == shade(begin);) ++end;
            strokes[static_cast<std::size_t>(shade(begin))] +=
                std::string("M") + std::to_string(begin) + " " + std::to_string(row) + ".5h" + std::to_string(end - begin);
        }
    }
    std::string markup;
    for (int shade = 1; shade <= heat_shades; ++shade)
        if (const auto& commands = strokes[static_cast<std::size_t>(shade)]; !commands.empty())
            markup += heat_stroke(shade, commands);
    return markup;
}

// The shades in a row of this width, with the values they stand for below every second one.
inline void heat_legend(svg& out, double x, double y, double width, double high) {
    const double each = width / (heat_shades + 1);
    for (int shade = 0; shade <= heat_shades; ++shade) {
        const double at = x + each * shade;
        out.raw(tag("g", placed(at, y, each, 10), heat_stroke(shade, "M0 .5h1")));
        out.box(at, y, each, 10, "rim");
        if (shade % 2 == 1) out.text(at + each / 2, y + 23, readable(heat_value(shade, high)), "small middle");
    }
}

struct heat_map {
    std::string title, row_title, column_title;
    std::size_t rows = 0, columns = 0;
    std::vector<double> values = {};                                 // (rows, columns)
    std::vector<std::string> row_names = {}, column_names = {};      // or none
    double high = 0;                                                 // 0: the largest value

    svg draw(double width) const {
        check();
        const double largest = high > 0 || values.empty() ? high : *std::max_element(values.begin(), values.end());
        const double left = 24 + widest(row_names), top = 24 + widest(column_names);
        const double cell = (width - left - 1) / static_cast<double>(std::max<std::size_t>(columns, 1));
        const double bottom = top + cell * static_cast<double>(rows);
        svg out(width, bottom + 44, title);
        out.text(0, 12, arrow(row_title, " ↓  ") + arrow(column_title, " →"), "ink");
        out.box(left, top, width - left - 1, bottom - top, "grid");
        out.raw(tag("g", placed(left, top, cell, cell), heat_cells(values.data(), rows, columns, largest)));
        const auto middle = [&](std::size_t i) { return cell * (static_cast<double>(i) + 0.5); };
        for (std::size_t i = 0; i < row_names.size(); ++i)
            name(out, left - 5, top + middle(i), row_names[i], cell, " text-anchor='end'", "");
        for (std::size_t i = 0; i < column_names.size(); ++i)
            name(out, left + middle(i), top - 5, column_names[i], cell, "", " rotate(-90)");
        heat_legend(out, left, bottom + 12, width - left - 1, largest);
        return out;
    }

private:
    static std::string shown(const std::string& token) { return shortened(visible_token(token), 12); }
    static std::string arrow(const std::string& words, const char* sign) { return words.empty() ? "" : words + sign; }

    static double widest(const std::vector<std::string>& names) {
        double most = 0;
        for (const auto& n : names) most = std::max(most, text_width(shown(n), 11));
        return most;
    }

    static void name(svg& out, double x, double y, const std::string& token, double cell, const std::string& anchor,
                     const std::string& turn) {
        const auto place = "translate(" + decimal(x, 1) + " " + decimal(y, 1) + ")" + turn;
        const auto size = decimal(std::min(11.0, cell), 1);
        out.raw(tag("text", "dominant-baseline='central' font-size='" + size + "' transform='" + place + "'" + anchor,
                    escaped(shown(token))));
    }

    void check() const {
        if (values.size() == rows * columns && (row_names.empty() || row_names.size() == rows) &&
            (column_names.empty() || column_names.size() == columns))
            return;
        throw error({.where = "heat map", .subject = title,
                     .found = std::to_string(values.size()) + " values, names for " + std::to_string(row_names.size()) +
                              " rows and " + std::to_string(column_names.size()) + " columns",
                     .wanted = std::to_string(rows) + " x " + std::to_string(columns)});
    }
};

}  // namespace stepgpt
