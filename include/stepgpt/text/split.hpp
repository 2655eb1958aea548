// Which documents a model learns from (train) and which it is examined on (validation).
//
//     split_plan plan = split_by_document(units, 0.1);       // whole documents, drawn by their hash
//     split_plan plan = split_by_tail(units, 0.1);           // the last tenth of the characters
//
// A document drawn by its hash stays on its side when others come or go. Duplicates of each other are one group and
// stay on one side: what has been learned by heart is no examination. The tail cuts between documents where that
// leaves a share between half and one and a half of what was asked; only a long last document is cut inside, at a
// character. Not here: finding duplicates (text/near_duplicates.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <stepgpt/core/error.hpp>

namespace stepgpt {

struct split_unit {
    std::uint64_t characters = 0;
    std::uint64_t hash = 0;
    std::size_t group = 0;           // the first document of which it is a (near-)duplicate, itself if of none
};

struct split_plan {
    static constexpr std::size_t nowhere = SIZE_MAX;

    std::vector<bool> validation;    // of each document: is it (its end, for the one that is cut) validation?
    std::vector<bool> dropped;       // a duplicate of a document on the other side
    std::size_t cut = nowhere;       // the document that is on both sides
    std::uint64_t cut_at = 0;        // its first characters that are train's
};

namespace detail {

inline void expect_fraction(double fraction) {
    if (fraction > 0 && fraction < 1) return;
    throw error({.where = "--val-fraction", .found = std::to_string(fraction), .wanted = "a share between 0 and 1",
                 .hint = "0.1 is usual"});
}

inline std::uint64_t all_characters(const std::vector<split_unit>& units) {
    return std::accumulate(units.begin(), units.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const split_unit& unit) { return sum + unit.characters; });
}

inline split_plan all_train(std::size_t count) {
    return {std::vector<bool>(count, false), std::vector<bool>(count, false), split_plan::nowhere, 0};
}

}  // namespace detail

inline split_plan split_by_document(const std::vector<split_unit>& units, double fraction) {
    detail::expect_fraction(fraction);
    split_plan plan = detail::all_train(units.size());

    std::vector<std::uint64_t> size(units.size(), 0);               // of the group that this document leads
    for (const auto& unit : units) size[unit.group] += unit.characters;
    std::vector<std::size_t> leaders;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i].group == i) leaders.push_back(i);
    }
    if (leaders.size() < 2) {
        throw error({.where = "--split document", .found = "one document", .wanted = "two at least",
                     .hint = "--split tail takes the end of it for validation"});
    }
    std::sort(leaders.begin(), leaders.end(), [&](std::size_t a, std::size_t b) {
        return units[a].hash != units[b].hash ? units[a].hash < units[b].hash : a < b;
    });

    // In the order of the hashes, whatever fits. Small and large ones apart: after a novel that does not fit, short notes
    // would fill its place, and validation would be notes alone.
    std::vector<bool> chosen(units.size(), false);
    const double large = 0.1 * fraction * static_cast<double>(detail::all_characters(units));
    bool any = false;
    for (const bool of_large : {false, true}) {
        double all = 0, taken = 0;
        const auto is_one = [&](std::size_t leader) { return (static_cast<double>(size[leader]) > large) == of_large; };
        for (const std::size_t leader : leaders) all += is_one(leader) ? static_cast<double>(size[leader]) : 0;
        for (const std::size_t leader : leaders) {
            const double after = taken + static_cast<double>(size[leader]);
            if (!is_one(leader) || taken >= fraction * all || after > 1.1 * fraction * all) continue;
            chosen[leader] = any = true;
            taken = after;
        }
    }
    if (!any) {   // all of them are too large: the smallest
        const auto smaller = [&](std::size_t a, std::size_t b) { return size[a] < size[b]; };
        chosen[*std::min_element(leaders.begin(), leaders.end(), smaller)] = true;
    }
    for (std::size_t i = 0; i < units.size(); ++i) plan.validation[i] = chosen[units[i].group];
    return plan;
}

inline split_plan split_by_tail(const std::vector<split_unit>& units, double fraction) {
    detail::expect_fraction(fraction);
    split_plan plan = detail::all_train(units.size());
    const std::uint64_t all = detail::all_characters(units);
    const auto train =
        static_cast<std::uint64_t>(static_cast<double>(all) * (1.0 - fraction));   // nanoGPT's int(n * 0.9)

    std::uint64_t before = 0;
    std::size_t first = 0;                                           // the document in which the cut falls
    while (first + 1 < units.size() && before + units[first].characters <= train) before += units[first++].characters;

    const auto share = [&](std::uint64_t boundary) {
        return static_cast<double>(all - boundary) / static_cast<double>(all);
    };
    const auto near = [&](std::uint64_t boundary) {
        return share(boundary) >= 0.5 * fraction && share(boundary) <= 1.5 * fraction;
    };
    const std::uint64_t after = before + units[first].characters;
    const bool down = train - before <= after - train;
    if (units.size() > 1 && (before == train || near(before) || near(after))) {
        const bool begin = before == train || (near(before) && (down || !near(after)));
        first += begin ? 0 : 1;
    } else {
        plan.cut = first;
        plan.cut_at = train - before;
    }
    for (std::size_t i = first; i < units.size(); ++i) plan.validation[i] = true;
    for (std::size_t i = first; i < units.size(); ++i) {
        if (units[i].group < first || (units[i].group == plan.cut && i != plan.cut)) plan.dropped[i] = true;
    }
    return plan;
}

}  // namespace stepgpt
