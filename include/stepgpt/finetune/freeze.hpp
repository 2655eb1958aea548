// Learn some weights and leave the others as they are, to the bit:
//
//     train_only(parameters(model), {"h.11.*", "ln_f.*"});
//
// A pattern is a name in which * stands for anything. Frozen weights get no gradient, have no moments in the optimizer and
// do not decay; freeze before the optimizer is made. Not here: weights beside the frozen ones (lora.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/core/parameter.hpp>

namespace stepgpt {

// Does the pattern stand for this name? "h.*.attn.*" does for "h.3.attn.c_proj.bias".
constexpr bool stands_for(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, star = std::string_view::npos, after = 0;      // after: where the last star's text ends
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') star = p++, after = n;
        else if (p < pattern.size() && pattern[p] == name[n]) ++p, ++n;
        else if (star != std::string_view::npos) p = star + 1, n = ++after;  // the star takes one character more
        else return false;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

// Freezes all but the weights that one of the patterns stands for. Returns how many numbers are left to learn.
template <class Real>
std::size_t train_only(const std::vector<parameter_view<Real>>& all, const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) {
        std::vector<std::string> names;
        bool any = false;
        for (const auto& p : all) {
            names.push_back(p.name);
            any = any || stands_for(pattern, p.name);
        }
        if (!any)
            throw error({.where = "train only", .subject = pattern, .found = "no weight of such a name",
                         .wanted = "names as wte.weight or h.0.attn.c_attn.weight, * for anything",
                         .hint = did_you_mean(pattern, names)});
    }
    std::size_t learning = 0;
    for (const auto& p : all) {
        *p.trainable = false;
        for (const auto& pattern : patterns) *p.trainable = *p.trainable || stands_for(pattern, p.name);
        if (*p.trainable) learning += p.size;
    }
    return learning;
}

}  // namespace stepgpt
