// A text as the model reads it: each token in a colour that says how little it was expected, and on pointing at it (or
// tapping it: it can have the focus) what the model expected instead.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/report/markup.hpp>
#include <stepgpt/report/run_report.hpp>

namespace stepgpt::page {

inline constexpr std::array surprise_bounds = {0.5, 1.5, 3.0, 5.0};      // nats: p = 0.61, 0.22, 0.05, 0.007

inline constexpr const char* surprise_legend =
    "<span class='u0'>below 0.5</span><span class='u1'>0.5 to 1.5</span><span class='u2'>1.5 to 3</span>"
    "<span class='u3'>3 to 5</span><span class='u4'>above 5</span> nats";

// "·king  p 0.02, surprise 3.91 / expected: ·fox 0.31   ·hen 0.2"
inline std::string expectation(const run_report::scored_token& scored, double surprise) {
    const auto name = [](const std::string& token) { return shortened(visible_token(token), 24); };
    std::string text = name(scored.token) + "  p " + readable(scored.p) + ", surprise ";
    text += std::isfinite(surprise) ? fixed(surprise, 2) : "∞";
    for (std::size_t n = 0; n < std::min<std::size_t>(scored.best.size(), 5); ++n)
        text += (n == 0 ? "\nexpected: " : "   ") + name(scored.best[n].token) + " " + readable(scored.best[n].p);
    return text;
}

// A line break can be seen, and pointed at.
inline std::string with_breaks(const std::string& token) {
    std::string text;
    for (const char c : token) c == '\n' ? text += "⏎\n" : text += c;
    return text;
}

inline std::string scored_text(const std::vector<run_report::scored_token>& tokens) {
    std::string text;
    for (const auto& scored : tokens) {
        const double surprise = scored.p >= 1 ? 0 : scored.p > 0 ? -std::log(scored.p) : HUGE_VAL;
        const auto& bounds = surprise_bounds;
        const auto shade = std::upper_bound(bounds.begin(), bounds.end(), surprise) - bounds.begin();
        const auto tip = escaped(expectation(scored, surprise));
        text += tag("span", "tabindex='0' class='u" + std::to_string(shade) + "' data-tip='" + tip + "'",
                    escaped(shortened(with_breaks(scored.token), 60)));
    }
    return tag("div", "class='scale'", surprise_legend) + "\n" + tag("div", "class='scored'", text) + "\n";
}

}  // namespace stepgpt::page
