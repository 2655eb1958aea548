// The known name that somebody who wrote an unknown one probably meant: n_heads -> n_head.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace stepgpt {

// Insertions, deletions and replacements of a byte that turn a into b (Levenshtein 1966).
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);               // distances from a's beginning to each beginning of b
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

// The nearest of the names (anything that makes a std::string_view), or "" if none is near: more than a third differs.
template <class Names>
std::string nearest(std::string_view unknown, const Names& names) {
    constexpr std::size_t longest = 200;                      // hostile names are not worth the time
    std::string best;
    std::size_t least = std::min(unknown.size(), longest) / 3 + 1;
    for (const std::string_view name : names) {
        if (unknown.size() > longest || name.size() > longest) continue;
        const std::size_t distance = edit_distance(unknown, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

// "did you mean 'n_head'?", or ""
template <class Names>
std::string did_you_mean(std::string_view unknown, const Names& names) {
    const auto name = nearest(unknown, names);
    return name.empty() ? "" : "did you mean '" + name + "'?";
}

}  // namespace stepgpt
