// Pieces and merges as they come out of files that may be wrong in any way.
//
// What is wrong is returned, and the reader of the file throws it with file, line and byte. Memory is
// bounded by what has been read: an id is below the number of bytes in the file, or it is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

struct flaw {
    std::string found = {}, wanted = {}, hint = {};
};
using wrong = std::optional<flaw>;   // nothing: all is well

class numbered_pieces {
public:
    explicit numbered_pieces(std::uint64_t file_size) : most_(file_size) {}

    // A piece and the id that the file gives it.
    wrong add(std::string_view piece, std::uint64_t id) {
        const std::string name = "piece '" + printable(piece, 40) + "'";
        if (piece.empty()) return flaw{.found = "a piece without text"};
        if (id >= most_)
            return flaw{.found = "id " + std::to_string(id) + " of " + name, .wanted = "ids 0, 1, 2, ... without a gap"};
        if (static_cast<std::size_t>(as_found_.add(piece)) != found_)
            return flaw{.found = name + " again", .wanted = "every piece once"};
        if (id >= place_.size()) place_.resize(id + 1, vocabulary::none);
        if (place_[id] != vocabulary::none)
            return flaw{.found = "id " + std::to_string(id) + " again, of " + name, .wanted = "every id once"};
        place_[id] = static_cast<token>(found_++);
        return {};
    }

    // Moves the pieces to `pieces`, in the order of their ids.
    wrong finish(vocabulary& pieces) {
        for (std::size_t id = 0; id < place_.size(); ++id) {
            if (place_[id] == vocabulary::none)
                return flaw{.found = "no piece with id " + std::to_string(id) + ", but one with id " +
                                          std::to_string(place_.size() - 1),
                                 .wanted = "ids 0, 1, 2, ... without a gap"};
            pieces.add(as_found_[place_[id]]);
        }
        return {};
    }

private:
    std::uint64_t most_;
    vocabulary as_found_;
    std::size_t found_ = 0;
    std::vector<token> place_;   // of an id: when its piece was found
};

// Adds the merge of two pieces, given by their bytes. With `one_rank` it shares the rank of a merge just before it that gives
// the same piece.
inline wrong add_merge(merge_table& merges, const vocabulary& pieces, const std::string& left, const std::string& right,
                       bool one_rank = false) {
    const token ids[] = {pieces.find(left), pieces.find(right), pieces.find(left + right)};
    const std::string texts[] = {left, right, left + right};
    for (int i = 0; i < 3; ++i)
        if (ids[i] == vocabulary::none)
            return flaw{.found = "a merge of '" + printable(left, 30) + "' and '" + printable(right, 30) + "'",
                             .wanted = "'" + printable(texts[i], 40) + "' in the vocabulary",
                             .hint = "vocabulary and merges must be of the same tokenizer"};
    const bool shares = one_rank && !merges.list().empty() && merges.list().back().result == ids[2];
    const merge m{ids[0], ids[1], ids[2]};
    if (!(shares ? merges.add_with_last_rank(m) : merges.add(m)))
        return flaw{.found = "the merge of '" + printable(left, 30) + "' and '" + printable(right, 30) + "' again",
                         .wanted = "every merge once"};
    return {};
}

}  // namespace stepgpt
