// The merges of a byte-pair vocabulary: which two neighbours become one piece, and which pair goes first.
//
// Lower ranks go first. As a rule a merge's rank is its place in the list; merges that give the same piece may share one
// (in .tiktoken files a piece has a rank, however it comes about). Not here: using merges (bpe.hpp), finding them
// (bpe_trainer.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/pair_map.hpp>

namespace stepgpt {

struct merge {
    token left, right, result;
};

class merge_table {
public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    const std::vector<merge>& list() const { return list_; }

    // none: this pair is not merged.
    std::uint32_t rank(token left, token right) const {
        const std::uint32_t* found = ranks_.find(left, right);
        return found ? *found : none;
    }
    token result(std::uint32_t rank) const { return results_[rank]; }

    // Adds a merge behind all others, with a rank of its own. False: this pair has one already.
    bool add(const merge& m) {
        if (rank(m.left, m.right) != none) return false;
        results_.push_back(m.result);
        return add_with_last_rank(m);
    }

    // The same with the rank of the last merge, whose result is the same.
    bool add_with_last_rank(const merge& m) {
        if (rank(m.left, m.right) != none) return false;
        ranks_(m.left, m.right) = static_cast<std::uint32_t>(results_.size() - 1);
        list_.push_back(m);
        return true;
    }

private:
    std::vector<merge> list_;
    std::vector<token> results_;         // of a rank
    pair_map<std::uint32_t> ranks_;
};

}  // namespace stepgpt
