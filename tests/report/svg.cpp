#include <stepgpt/report/svg.hpp>

#include <doctest/doctest.h>

#include "well_formed.hpp"

using namespace stepgpt;

TEST_CASE("svg: an element with its title first, and every word escaped") {
    svg drawing(300, 100.25, "a < b");
    drawing.line(0, 0.04, 10, 2.36, "grid");
    drawing.box(1, 2, 3, 4, "bar c0", "x & y");
    drawing.text(5, 6, "<script>", "ink");
    drawing.path("M0 0L1 1", "line c1");
    const auto text = drawing.element();
    CHECK(text.starts_with("<svg class='chart' xmlns='http://www.w3.org/2000/svg' role='img' viewBox='0 0 300 100.2'>"
                           "<title>a &lt; b</title>"));
    CHECK(test::has(text, "<line x1='0' y1='0' x2='10' y2='2.4' class='grid'/>"));
    CHECK(test::has(text, "<rect x='1' y='2' width='3' height='4' class='bar c0'><title>x &amp; y</title></rect>"));
    CHECK(test::has(text, "<text x='5' y='6' class='ink'>&lt;script&gt;</text>"));
    CHECK(test::has(text, "<path class='line c1' d='M0 0L1 1'/>"));
    CHECK(test::xml_fault(text) == "");
}

TEST_CASE("svg: a link cannot be left by what it leads to or tells") {
    svg drawing(10, 10, "");
    drawing.open_link("#a'><script>", "'\"\x01\xff");
    drawing.circle(5, 5, 2, "pin");
    drawing.close_link();
    CHECK(test::xml_fault(drawing.element()) == "");
    CHECK(!test::has(drawing.element(), "<script"));
}

TEST_CASE("svg_file: stands alone, light and dark, with a margin") {
    svg drawing(100, 50, "t");
    drawing.circle(5, 5, 2, "dot c0");
    const auto file = svg_file(drawing);
    CHECK(test::xml_fault(file) == "");
    CHECK(file.starts_with("<?xml version='1.0' encoding='UTF-8'?>\n<svg "));
    CHECK(test::has(file, "viewBox='-16 -16 132 82'"));
    CHECK(test::has(file, "@media(prefers-color-scheme:dark)"));
    CHECK(test::count(file, "http") == 1);                     // the name of SVG; nothing is fetched
}
