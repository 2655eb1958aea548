// How a run shows itself: one line that renews itself on a terminal, plain lines elsewhere.
//
//     step  400/2000 [######--------------] loss 2.31 val 2.35 ▇▆▅▃▂▁ lr 9.8e-04 |g| 0.91  14.2k tok/s  0:41 left
//
// On a terminal the line is redrawn at most ten times a second and stays where an evaluation has been made; in a file
// or a pipe only those lines appear. Without a UTF-8 locale the sparkline is drawn in ASCII.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace stepgpt {

struct step_report {
    std::size_t step = 0, steps = 0;     // taken, and to take
    double loss = 0;                     // mean of the last steps
    double validation = -1;              // the last one measured; negative: none yet
    double lr = 0, gradient_norm = 0;
    double tokens_per_second = 0;
    double seconds_left = 0;
};

namespace detail {

// Two lines of text in which height is value, eight heights: "▁▂▃▄▅▆▇█".
inline std::string sparkline(const std::vector<double>& values, std::size_t width, bool utf8) {
    static constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr const char* ascii[] = {"_", "_", ".", ".", "-", "-", "=", "#"};
    if (values.size() < 2) return {};
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    const double low = *lowest, range = *highest - *lowest;
    const std::size_t points = std::min(width, values.size());
    std::string line;
    for (std::size_t i = 0; i < points; ++i) {
        const double value = values[i * (values.size() - 1) / (points - 1)];
        const auto height = static_cast<std::size_t>(range > 0 ? (value - low) / range * 7.999 : 0);
        line += (utf8 ? blocks : ascii)[height];
    }
    return line;
}

inline std::string bar(std::size_t done, std::size_t all, std::size_t width) {
    const std::size_t full = all ? width * done / all : 0;
    return "[" + std::string(full, '#') + std::string(width - full, '-') + "]";
}

// "0:41", "2:03:20"
inline std::string clock_time(double seconds) {
    const auto all = static_cast<long long>(std::max(seconds, 0.0) + 0.5);
    char text[32];
    if (all >= 3600) std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
    else std::snprintf(text, sizeof text, "%lld:%02lld", all / 60, all % 60);
    return text;
}

// "950", "14.2k", "1.53M"
inline std::string short_count(double n) {
    char text[32];
    if (n >= 1e9) std::snprintf(text, sizeof text, "%.2fG", n / 1e9);
    else if (n >= 1e6) std::snprintf(text, sizeof text, "%.2fM", n / 1e6);
    else if (n >= 1e3) std::snprintf(text, sizeof text, "%.1fk", n / 1e3);
    else std::snprintf(text, sizeof text, "%.0f", n);
    return text;
}

inline bool utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value && *value) return std::string_view(value).find("UTF-8") != std::string_view::npos ||
                                    std::string_view(value).find("utf8") != std::string_view::npos;
    }
    return false;
}

}  // namespace detail

class progress {
public:
    using clock = std::chrono::steady_clock;

    progress() : terminal_(isatty(STDOUT_FILENO) != 0), utf8_(detail::utf8_locale()) {}

    // So many steps will come: their losses will need no memory on the way.
    void expect(std::size_t steps) { losses_.reserve(steps); }

    // After every step; draws only on a terminal, and only now and then.
    void step(const step_report& report) {
        losses_.push_back(report.loss);
        if (!terminal_ || clock::now() - drawn_ < std::chrono::milliseconds(100)) return;
        drawn_ = clock::now();
        std::printf("\r%s\033[K", line(report).c_str());
        std::fflush(stdout);
    }

    // A line that stays, for instance after an evaluation; a run that goes on begins with what it was before.
    void keep(const step_report& report) {
        if (losses_.empty()) {
            char text[80];
            std::snprintf(text, sizeof text, "resumed   after step %zu, val %.4f", report.step, report.validation);
            return say(text);
        }
        std::printf("%s%s%s\n", terminal_ ? "\r" : "", line(report).c_str(), terminal_ ? "\033[K" : "");
        std::fflush(stdout);
    }

    // Something else to say: it goes above the progress line.
    void say(const std::string& text) {
        std::printf("%s%s\n", terminal_ ? "\r\033[K" : "", text.c_str());
        std::fflush(stdout);
    }

    std::string line(const step_report& r) const {
        char text[400];
        const int digits = static_cast<int>(std::to_string(r.steps).size());
        char validation[32] = "";
        if (r.validation >= 0) std::snprintf(validation, sizeof validation, " val %.4f", r.validation);
        std::snprintf(text, sizeof text, "step %*zu/%zu %s loss %.4f%s %s lr %.1e |g| %.2f %6s tok/s %s left", digits, r.step,
                      r.steps, wide() ? detail::bar(r.step, r.steps, 20).c_str() : "", r.loss, validation,
                      wide() ? detail::sparkline(losses_, 12, utf8_).c_str() : "", r.lr, r.gradient_norm,
                      detail::short_count(r.tokens_per_second).c_str(), detail::clock_time(r.seconds_left).c_str());
        return text;
    }

private:
    // A line must not wrap, or redrawing it fills the screen.
    bool wide() const {
        winsize size{};
        return !terminal_ || (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 125);
    }

    bool terminal_, utf8_;
    std::vector<double> losses_;
    clock::time_point drawn_{};
};

}  // namespace stepgpt
