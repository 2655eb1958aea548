// A drawing: lines, shapes and words with places in pixels, x to the right and y down; and the colours of all charts.
//
//     svg drawing(300, 100, "What it shows");
//     drawing.line(0, 50, 300, 50, "grid");
//     drawing.text(150, 40, "half", "middle");
//     write_file("half.svg", svg_file(drawing));
//
// Colours are CSS variables with a light and a dark value, so a page or a file follows its reader's setting. On white
// the lines wear four colours of Okabe and Ito (Color Universal Design, 2008), chosen to be told apart by people with
// any kind of colour vision, on black lighter ones in the same order. A colour never stands without its name.
// Not here: charts (line_chart.hpp, bar_chart.hpp, range_chart.hpp, heat_map.hpp).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/report/markup.hpp>

namespace stepgpt {

// The colours, as variables of what `selector` selects.
inline std::string chart_colours(const std::string& selector) {
    return selector + "{--paper:#fdfdfb;--ink:#1d232a;--soft:#5a6470;--faint:#dfe2e5;--wash:#f1f3f3;--heat:#0b5394;"
                      "--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7}\n"
                      "@media(prefers-color-scheme:dark){" +
           selector + "{--paper:#14181c;--ink:#e4e8ec;--soft:#9aa5b1;--faint:#313840;--wash:#1e2429;--heat:#7cc0f4;"
                      "--c0:#4aa3e0;--c1:#f0863c;--c2:#b8e986;--c3:#f0c6e0}}\n";
}

// What the classes used in drawings look like. `c0` to `c3` choose a colour; `line`, `dot` and `bar` wear it.
inline constexpr std::string_view chart_style =
    "svg.chart{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-variant-numeric:tabular-nums}\n"
    ".chart text{fill:var(--soft)}.chart .ink{fill:var(--ink)}.chart .small{font-size:11px}\n"
    ".chart .mono{font-family:ui-monospace,'Cascadia Mono',Menlo,Consolas,monospace;font-size:11px}\n"
    ".chart .middle{text-anchor:middle}.chart .end{text-anchor:end}\n"
    ".chart .grid{stroke:var(--faint);fill:none}.chart .rim{stroke:var(--soft);fill:none}\n"
    ".chart .mark{stroke:var(--soft);stroke-dasharray:5 4;fill:none}.chart .strong{stroke:var(--ink);fill:none}\n"
    ".chart .band{fill:var(--wash)}.chart .pin{fill:var(--paper);stroke:var(--soft)}\n"
    ".chart .line{stroke:var(--c);stroke-width:1.6;fill:none;stroke-linejoin:round;stroke-linecap:round}\n"
    ".chart .dot{fill:var(--c);stroke:var(--paper)}.chart .bar{fill:var(--c)}\n"
    ".chart .heat{stroke:var(--heat);fill:none;shape-rendering:crispEdges}\n"
    ".chart .again{stroke-dasharray:7 3}.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}\n";

class svg {
public:
    using attributes = std::initializer_list<std::pair<std::string_view, double>>;

    svg(double width, double height, std::string_view title) : width_(width), height_(height), title_(escaped(title)) {}

    void shape(std::string_view element, attributes places, std::string_view classes, std::string_view tip = "") {
        begin(element, places, classes);
        if (tip.empty()) body_ += "/>";
        else body_ += "><title>" + escaped(tip) + "</title></" + std::string(element) + ">";
        body_ += '\n';
    }
    void line(double x1, double y1, double x2, double y2, std::string_view classes) {
        shape("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}}, classes);
    }
    void box(double x, double y, double width, double height, std::string_view classes, std::string_view tip = "") {
        shape("rect", {{"x", x}, {"y", y}, {"width", width}, {"height", height}}, classes, tip);
    }
    void circle(double x, double y, double radius, std::string_view classes, std::string_view tip = "") {
        shape("circle", {{"cx", x}, {"cy", y}, {"r", radius}}, classes, tip);
    }
    void text(double x, double y, std::string_view words, std::string_view classes = "") {
        begin("text", {{"x", x}, {"y", y}}, classes);
        body_ += ">" + escaped(words) + "</text>\n";
    }
    void path(const std::string& commands, std::string_view classes) {
        begin("path", {}, classes);
        body_ += " d='" + commands + "'/>\n";
    }
    // What is drawn until close_link() is a link, and tells `tip` when pointed at.
    void open_link(std::string_view to, std::string_view tip) {
        body_ += "<a href='" + escaped(to) + "'><title>" + escaped(tip) + "</title>";
    }
    void close_link() { body_ += "</a>\n"; }
    // Markup that has been made elsewhere, as it is.
    void raw(const std::string& markup) { body_ += markup; }

    // For a page; svg_file() makes a file. `first` is markup that comes before what was drawn.
    std::string element(double margin = 0, const std::string& first = "") const {
        const auto corner = decimal(-margin, 1) + " " + decimal(-margin, 1);
        const auto size = decimal(width_ + 2 * margin, 1) + " " + decimal(height_ + 2 * margin, 1);
        return tag("svg",
                   "class='chart' xmlns='http://www.w3.org/2000/svg' role='img' viewBox='" + corner + " " + size + "'",
                   tag("title", "", title_) + "\n" + first + body_) + "\n";
    }

private:
    void begin(std::string_view element, attributes places, std::string_view classes) {
        (body_ += '<') += element;
        for (const auto& [name, value] : places) ((body_ += ' ') += name) += "='" + decimal(value, 1) + "'";
        if (!classes.empty()) (body_ += " class='") += std::string(classes) + "'";
    }

    double width_, height_;
    std::string title_, body_;
};

// Where a drawing within a drawing lies, and how large its unit is there.
inline std::string placed(double x, double y, double x_unit, double y_unit) {
    return "transform='translate(" + decimal(x, 2) + " " + decimal(y, 2) + ") scale(" + decimal(x_unit, 4) + " " +
           decimal(y_unit, 4) + ")'";
}

// A drawing as a file of its own, with colours, style, ground and a margin.
inline std::string svg_file(const svg& drawing) {
    return "<?xml version='1.0' encoding='UTF-8'?>\n" +
           drawing.element(16, "<style>" + chart_colours("svg.chart") + std::string(chart_style) +
                                   "svg.chart{background:var(--paper)}</style>\n");
}

}  // namespace stepgpt
