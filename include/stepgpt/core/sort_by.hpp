// Sorting things by what they are asked: sort_by(tensors, [](const auto& a, const auto& b) { return a.name < b.name; });
//
// Numbers are sorted, then each thing is moved once to its place. So there is one sort for all types: std::sort would be
// compiled anew for each struct, and that is some of the longest code there is. Not here: speed; these lists are short.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace stepgpt {

// The numbers 0 .. count - 1 in order; equal ones as they were.
inline std::vector<std::size_t> sorted_places(std::size_t count,
                                              const std::function<bool(std::size_t, std::size_t)>& before) {
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        return before(a, b) || (a < b && !before(b, a));
    });
    return places;
}

// Sorts `things`; equal ones stay in the order that they have.
template <class Thing, class Before>
void sort_by(std::vector<Thing>& things, Before before) {
    std::vector<Thing> sorted;
    sorted.reserve(things.size());
    for (const std::size_t place : sorted_places(things.size(), [&](auto a, auto b) { return before(things[a], things[b]); }))
        sorted.push_back(std::move(things[place]));
    things.swap(sorted);
}

}  // namespace stepgpt
