// An axis: from numbers to places, and the numbers worth writing beside it.
//
// Ticks are 1, 2 or 5 times a power of ten apart, because those are the steps people count in. On a logarithmic axis
// they are 1, 2 and 5 times the powers of ten, or the powers alone where that would be too many. Not here: drawing it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/report/markup.hpp>

namespace stepgpt {

// The smallest of ..., 0.5, 1, 2, 5, 10, ... that divides the range into at most `most` steps.
inline double tick_step(double range, std::size_t most) {
    const double least = range / static_cast<double>(most) * (1 - 1e-9);
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double times : {1.0, 2.0, 5.0})
        if (times * power >= least) return times * power;
    return 10 * power;
}

struct axis {
    double low = 0, high = 1;
    bool log = false;
    std::vector<double> ticks = {};
    double step = 1;                           // between ticks of a linear axis

    static bool can_show(double value, bool log) {
        return std::isfinite(value) && std::abs(value) < 1e100 && (!log || value > 1e-100);
    }

    // Where the value lies: 0 at `low`, 1 at `high`.
    double at(double value) const {
        if (log) return std::log(value / low) / std::log(high / low);
        return (value - low) / (high - low);
    }

    std::string text(double tick) const {
        if (log) return readable(tick);
        const double largest = std::max(std::abs(low), std::abs(high));
        if (largest >= 1e4 || step < 1e-4) return readable(std::abs(tick) < step / 2 ? 0 : tick);
        return decimal(tick, std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9))));
    }
};

// `rounded`: both ends become ticks. A range of a single value is widened around it.
inline axis linear_axis(double low, double high, std::size_t most_ticks, bool rounded) {
    if (high - low < 1e-9 * std::max({std::abs(low), std::abs(high), 1e-9})) {
        const double around = low == 0 ? 1 : 0.1 * std::abs(low);
        low -= around;
        high += around;
    }
    axis a{.low = low, .high = high, .step = tick_step(high - low, std::max<std::size_t>(most_ticks, 2))};
    const double first = rounded ? std::floor(low / a.step + 1e-9) : std::ceil(low / a.step - 1e-9);
    const double last = rounded ? std::ceil(high / a.step - 1e-9) : std::floor(high / a.step + 1e-9);
    for (double i = first; i <= last; ++i) a.ticks.push_back(i * a.step);
    if (rounded) {
        a.low = a.ticks.front();
        a.high = a.ticks.back();
    }
    return a;
}

// 0 < low <= high. Both ends move outwards to the next 1, 2 or 5 times a power of ten.
inline axis log_axis(double low, double high, std::size_t most_ticks) {
    const int first = static_cast<int>(std::floor(std::log10(low)));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    std::vector<double> places;
    for (int power = first; power <= last; ++power)
        for (const double times : {1.0, 2.0, 5.0}) places.push_back(times * std::pow(10, power));
    const auto above = std::upper_bound(places.begin(), places.end(), low * (1 + 1e-9));
    const auto begin = above - 1;
    const auto end = std::lower_bound(above, places.end(), high * (1 - 1e-9));
    axis a{.low = *begin, .high = *end, .log = true};

    const auto count = static_cast<std::size_t>(end - begin) + 1;
    if (count <= most_ticks) {
        a.ticks.assign(begin, end + 1);
        return a;
    }
    const double decades = std::log10(a.high / a.low);
    const int every = std::max(1, static_cast<int>(std::ceil(decades / static_cast<double>(most_ticks))));
    for (int power = first; power <= last; ++power) {
        const double tick = std::pow(10, power);
        if (power % every == 0 && tick >= *begin && tick <= *end) a.ticks.push_back(tick);
    }
    return a;
}

// Places for labels near where they belong, `gap` apart, inside [low, high] if there is room: the least sum of squared
// moves (isotonic regression by pooling neighbours that violate the order). The places come sorted and stay so.
inline std::vector<double> spread(std::vector<double> places, double gap, double low, double high) {
    struct pool { double mean; std::size_t count; };
    std::vector<pool> pools;
    for (std::size_t i = 0; i < places.size(); ++i) {
        pool now{places[i] - gap * static_cast<double>(i), 1};
        for (; !pools.empty() && pools.back().mean >= now.mean; pools.pop_back()) {
            const auto before = static_cast<double>(pools.back().count), here = static_cast<double>(now.count);
            now = {(pools.back().mean * before + now.mean * here) / (before + here), pools.back().count + now.count};
        }
        pools.push_back(now);
    }
    const double highest = std::max(low, high - gap * static_cast<double>(places.empty() ? 0 : places.size() - 1));
    std::size_t i = 0;
    for (const auto& p : pools)
        for (std::size_t n = 0; n < p.count; ++n, ++i)
            places[i] = std::clamp(p.mean, low, highest) + gap * static_cast<double>(i);
    return places;
}

}  // namespace stepgpt
