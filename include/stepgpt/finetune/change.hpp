// What fine-tuning has changed: how far each tensor is from where it began.
//
//     moved = || now - before || / || before ||          0: the same bits
//
//     for (const auto& c : changes("gpt2", parameters(model))) std::cout << c.name << " " << c.moved() << "\n";
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/core/file.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/format/weight_files.hpp>

namespace stepgpt {

struct tensor_change {
    std::string name;
    std::size_t size = 0;
    double distance = 0, length = 0;     // || now - before ||, || before ||
    double largest = 0;                  // of all |now - before|
    bool same_bits = true;

    double moved() const { return length > 0 ? distance / length : distance; }
};

template <class Real>
tensor_change change_of(const parameter_view<Real>& now, std::span<const Real> before) {
    tensor_change c{.name = now.name, .size = now.size};
    for (std::size_t i = 0; i < now.size; ++i) {
        const double was = static_cast<double>(before[i]), d = static_cast<double>(now.value[i]) - was;
        c.distance += d * d;
        c.length += was * was;
        c.largest = std::max(c.largest, std::abs(d));
    }
    c.distance = std::sqrt(c.distance);
    c.length = std::sqrt(c.length);
    c.same_bits = std::memcmp(now.value, before.data(), now.size * sizeof(Real)) == 0;
    return c;
}

// All tensors against those of the same names in a model folder; one that is missing there is compared with zero.
template <class Real>
std::vector<tensor_change> changes(const std::filesystem::path& folder, const std::vector<parameter_view<Real>>& now) {
    const weight_files before(folder);
    std::vector<tensor_change> all;
    for (const auto& p : now) {
        std::vector<Real> values(p.size);
        if (before.find(p.name).entry) before.read(p.name, std::span(values));
        all.push_back(change_of(p, std::span<const Real>(values)));
    }
    return all;
}

// name,numbers,moved,largest: a line for each tensor.
inline void write_changes(const std::filesystem::path& path, const std::vector<tensor_change>& all) {
    std::string text = "tensor,numbers,moved,largest\n";
    for (const auto& c : all) {
        char line[120];
        std::snprintf(line, sizeof line, ",%zu,%.6g,%.6g\n", c.size, c.same_bits ? 0 : c.moved(), c.largest);
        text += c.name + line;
    }
    write_file(path, text);
}

// "12 of 28 tensors moved, by 0.4 % to 3.1 % of their length, most h.1.mlp.c_fc.weight; 16 have the same bits"
inline std::string change_text(std::vector<tensor_change> all) {
    const auto same = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](auto& c) { return c.same_bits; }));
    std::string text = std::to_string(all.size() - same) + " of " + std::to_string(all.size()) + " tensors moved";
    std::erase_if(all, [](auto& c) { return c.same_bits; });
    if (!all.empty()) {
        const auto [least, most] = std::minmax_element(all.begin(), all.end(),
                                                       [](auto& a, auto& b) { return a.moved() < b.moved(); });
        char range[80];
        std::snprintf(range, sizeof range, ", by %.2g %% to %.2g %% of their length", 100 * least->moved(), 100 * most->moved());
        text += range + std::string(", most ") + most->name;
    }
    return text + "; " + std::to_string(same) + " have the same bits";
}

}  // namespace stepgpt
