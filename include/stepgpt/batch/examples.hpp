// Questions and answers as ids: only answers are asked for, and rows are filled without waste and without leakage.
//
//     ids        Q1 Q1 A1 A1 | Q2 A2 A2       two examples, one behind the other
//     roles       2  0  1  1    2  1  1       2: the first of an example; 1: of an answer; 0: given
//
//     inputs     Q1 Q1 A1  Q2 A2   0          laid end to end in (B,T), as many whole examples as fit
//     targets    -1 A1 A1  A2 A2  -1          -1: not asked
//     ends                3      5   6        attention and positions begin afresh at each (nn/pass.hpp)
//
// Not here: how text becomes examples (finetune/instruction.hpp); in which order they come (loader.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

namespace role {
inline constexpr token given = 0, answer = 1, first = 2;
inline constexpr std::size_t count = 3;             // their number: the "vocabulary" of a file of roles
}  // namespace role

class examples {
public:
    // Both must outlive it. No example may be longer than a row of T inputs.
    examples(const token_shards& ids, const token_shards& roles, std::size_t T) : ids_(&ids), roles_(&roles) {
        if (ids.size() != roles.size())
            throw error({.where = roles.name(), .found = std::to_string(roles.size()) + " roles",
                         .wanted = std::to_string(ids.size()) + ", one for each id of " + ids.name()});
        std::vector<token> part(std::min<std::size_t>(roles.size(), 1 << 16));
        for (std::size_t at = 0; at < roles.size(); at += part.size()) {
            const std::size_t count = std::min(part.size(), roles.size() - at);
            roles.copy(at, std::span(part).first(count));
            for (std::size_t i = 0; i < count; ++i)
                if (part[i] == role::first) begins_.push_back(at + i);
        }
        if (begins_.empty() || begins_[0] != 0)
            throw error({.where = roles.name(), .found = "no first token", .wanted = "examples, each with role 2 at its first"});
        begins_.push_back(ids.size());
        for (std::size_t i = 0; i < size(); ++i)
            if (length(i) > T + 1 || length(i) < 2)
                throw error({.where = ids.name(), .subject = "example " + std::to_string(i),
                             .found = std::to_string(length(i)) + " tokens", .wanted = "2 to " + std::to_string(T + 1),
                             .hint = "an example must fit into the model's window: shorten it, or leave it out"});
    }

    std::size_t size() const { return begins_.size() - 1; }
    std::size_t length(std::size_t i) const { return begins_[i + 1] - begins_[i]; }        // ids

    // Lays examples number(k), k = first, first + 1, ... < last end to end while they fit; the rest of (B,T) asks nothing.
    // Returns the k of the first one that was left out.
    template <class Number>
    std::size_t pack(std::size_t first, std::size_t last, Number&& number, token_ids<>& inputs, token_ids<>& targets,
                     std::vector<std::size_t>& ends) const {
        const std::size_t T = inputs.shape(1), room = inputs.size();
        ends.clear();
        ends.reserve(room);                                    // no step takes memory after the first
        std::fill(inputs.data(), inputs.data() + room, 0);
        std::fill(targets.data(), targets.data() + room, -1);
        std::size_t at = 0;
        for (; first < last; ++first) {
            const std::size_t i = number(first), n = length(i) - 1;
            if (n > room - at) break;
            ids_->copy(begins_[i], {inputs.data() + at, n});
            for (std::size_t t = 0; t < n; ++t)
                if ((*roles_)[begins_[i] + t + 1] == role::answer) targets.data()[at + t] = (*ids_)[begins_[i] + t + 1];
            ends.push_back(at += n);
        }
        while (at < room) ends.push_back(at = std::min(room, at + T));
        return first;
    }

private:
    const token_shards *ids_, *roles_;
    std::vector<std::size_t> begins_;                          // of each example, and where the last one ends
};

}  // namespace stepgpt
