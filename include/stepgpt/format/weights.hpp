// The parameters of a model and the tensors of a file: matched by name and shape before a single number is read.
//
//     save_safetensors("w.safetensors", sources_of(parameters(model)));
//     const safetensors_file file("w.safetensors");
//     read_weights(file, parameters(model));
//
// Not here: other names for the same tensors (hugging_face.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/format/safetensors.hpp>

namespace stepgpt {

template <class Real>
std::vector<tensor_source> sources_of(const std::vector<parameter_view<Real>>& all, dtype stored = dtype_of<Real>()) {
    std::vector<tensor_source> sources;
    for (const auto& p : all) sources.emplace_back(p.name, p.shape, std::span<const Real>(p.value, p.size), stored);
    return sources;
}

// Every difference between what a model has and what lies there; none, if it can be read.
// find(name) gives a tensor_entry*, null if there is none; `names` are all that lie there.
template <class Real, class Find>
std::vector<std::string> differences(const std::vector<parameter_view<Real>>& wanted,
                                     const std::vector<std::string>& names, Find&& find) {
    std::set<std::string> known;
    std::vector<std::string> surplus, all;
    for (const auto& p : wanted) known.insert(p.name);
    for (const auto& name : names)
        if (!known.contains(name)) surplus.push_back(name);
    for (const auto& p : wanted) {
        const tensor_entry* const entry = find(p.name);
        if (!entry) {
            const auto near = nearest(p.name, surplus);
            all.push_back("no '" + p.name + "'" + (near.empty() ? "" : " (but '" + near + "')"));
        } else if (entry->shape != p.shape) {
            const auto& shape = entry->shape;
            const bool transposed = std::equal(p.shape.begin(), p.shape.end(), shape.rbegin(), shape.rend());
            all.push_back("'" + p.name + "' " + shape_text(shape) + " instead of " + shape_text(p.shape) +
                          (transposed ? ", transposed" : ""));
        }
    }
    for (const auto& name : surplus) all.push_back("'" + name + "' too much");
    return all;
}

// Throws if there is any, with the number of them and the first ones.
inline void expect_none(const std::vector<std::string>& differences, const std::string& where) {
    if (differences.empty()) return;
    std::string list = differences[0];
    for (std::size_t i = 1; i < std::min<std::size_t>(differences.size(), 20); ++i) list += "; " + differences[i];
    throw error({.where = where, .found = std::to_string(differences.size()) + " differences from the model",
                 .wanted = "none", .hint = list});
}

// All weights of a model from one file with just these tensors.
template <class Real>
void read_weights(const safetensors_file& file, const std::vector<parameter_view<Real>>& all) {
    std::vector<std::string> names;
    for (const auto& entry : file.tensors()) names.push_back(entry.name);
    expect_none(differences(all, names, [&](const std::string& name) { return file.find(name); }), file.where());
    for (const auto& p : all) file.read(p.name, std::span<Real>(p.value, p.size));
}

// "wte.weight: 3 of 65 values not finite, the first at index 12", or "" if all are finite.
template <class Real>
std::string non_finite_text(const parameter_view<Real>& p) {
    const auto bad = [](Real x) { return !std::isfinite(x); };
    const auto* const first = std::find_if(p.value, p.value + p.size, bad);
    if (first == p.value + p.size) return {};
    const auto count = std::count_if(p.value, p.value + p.size, bad);
    return p.name + ": " + std::to_string(count) + " of " + std::to_string(p.size) +
           " values not finite, the first at index " + std::to_string(first - p.value);
}

// Throws if a weight that was read from `where` is infinite or no number.
template <class Real>
void expect_finite(const std::vector<parameter_view<Real>>& all, const std::string& where) {
    for (const auto& p : all)
        if (auto trouble = non_finite_text(p); !trouble.empty())
            throw error({.where = where, .subject = p.name, .found = std::move(trouble), .wanted = "finite weights"});
}

}  // namespace stepgpt
