// What a forward pass is for, and how its tokens hang together.
//
// A row of a batch is one sequence, unless `sequences` says that rows are laid end to end and cut anew: then attention and
// positions begin afresh at each cut, and nothing is heard across it.
//
//     tokens       Mia ran . Tom slept soundly . The end      B = 1, T = 9
//     sequences            3                   7       9      where each ends
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stepgpt {

struct pass {
    bool training = false;     // false: nothing is dropped
    std::uint64_t seed = 0;    // with step: which elements are dropped
    std::uint32_t step = 0;    // a different number for every batch, so that each one drops others
    const std::uint32_t* step_there = nullptr;     // if set, where a device finds step: for work that is replayed (cuda/record.cuh)
    std::span<const std::size_t> sequences = {};   // their ends, up to B T; must live until backward is done. None: rows
};

// Calls work(first, rows, length) for the sequences of a batch (B,T): first is the place of the first token, rows that
// many sequences of this length from there on. Without cuts that is all of the batch at once.
template <class Work>
void each_sequence(std::span<const std::size_t> ends, std::size_t B, std::size_t T, Work&& work) {
    if (ends.empty()) return work(std::size_t{0}, B, T);
    std::size_t first = 0;
    for (const std::size_t end : ends) {
        work(first, std::size_t{1}, end - first);
        first = end;
    }
}

}  // namespace stepgpt
