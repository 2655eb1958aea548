// Byte-pair tokens, GPT-2's kind: a text is cut into pieces (gpt2_split.hpp); each piece begins as its bytes, and the pair
// of neighbours whose merge has the lowest rank is merged, again and again, the leftmost first, until no merge applies.
//
//     " lower"  ->  Ġ l o w e r  ->  Ġ lo w e r  ->  Ġ lo w er  ->  Ġ low er  ->  Ġlow er
//
// Every byte has an id, so any bytes can be encoded and come back. Not here: learning merges (bpe_trainer.hpp), files.
// References: Gage 1994; Sennrich, Haddow, Birch 2016; Radford et al. 2019 (bytes, and the split).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/gpt2_split.hpp>
#include <stepgpt/token/merges.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

class bpe_tokenizer {
public:
    static constexpr std::string_view name = "bpe";

    // By merges alone, as GPT-2; or, where a piece of the text is whole in the vocabulary, that before any merge, as tiktoken
    // (the vocabularies that people train give the same ids either way).
    enum class look_up { merges_only, whole_pieces_first };

    // The pieces include all 256 single bytes; merges are of pieces and give pieces. `where` is the file, for errors.
    bpe_tokenizer(vocabulary pieces, merge_table merges, look_up way = look_up::merges_only,
                  const std::string& where = "byte-pair vocabulary")
        : pieces_(std::move(pieces)), merges_(std::move(merges)), way_(way) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const char piece = static_cast<char>(byte);
            byte_ids_[byte] = pieces_.find({&piece, 1});
            if (byte_ids_[byte] == vocabulary::none)
                throw error({.where = where, .found = "no piece for byte " + std::to_string(byte),
                             .wanted = "a piece for each of the 256 bytes"});
        }
        std::vector<token> ids;
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            const auto id = static_cast<token>(i);
            ids.clear();
            if (way == look_up::merges_only) merge_piece(pieces_[id], ids);
            whole_.push_back(way == look_up::whole_pieces_first || ids == std::vector{id});
        }
    }

    const vocabulary& pieces() const { return pieces_; }
    const merge_table& merges() const { return merges_; }
    look_up way() const { return way_; }

    void encode(std::string_view text, std::vector<token>& ids) const {
        while (!text.empty()) {
            const std::string_view piece = text.substr(0, split_.first(text));
            const token id = pieces_.find(piece);
            if (id != vocabulary::none && whole_[static_cast<std::size_t>(id)]) ids.push_back(id);
            else merge_piece(piece, ids);
            text.remove_prefix(piece.size());
        }
    }

    // The ids of one piece. It is not cut any further.
    void merge_piece(std::string_view piece, std::vector<token>& ids) const {
        if (piece.size() <= short_piece) merge_short(piece, ids);
        else merge_long(piece, ids);
    }

private:
    static constexpr std::size_t short_piece = 32;   // bytes; up to here looking at all ranks each time is the fastest

    void merge_short(std::string_view piece, std::vector<token>& ids) const {
        std::array<token, short_piece> id;
        std::array<std::uint32_t, short_piece> rank;   // of the merge of id[i] and id[i + 1]
        std::size_t n = piece.size();
        for (std::size_t i = 0; i < n; ++i) id[i] = byte_ids_[static_cast<unsigned char>(piece[i])];
        for (std::size_t i = 0; i + 1 < n; ++i) rank[i] = merges_.rank(id[i], id[i + 1]);
        while (n > 1) {
            const auto best = std::min_element(rank.begin(), rank.begin() + static_cast<std::ptrdiff_t>(n - 1));
            if (*best == merge_table::none) break;
            const auto i = static_cast<std::size_t>(best - rank.begin());
            id[i] = merges_.result(*best);
            std::copy(id.begin() + i + 2, id.begin() + n, id.begin() + i + 1);
            if (i + 2 < n) std::copy(rank.begin() + i + 2, rank.begin() + n - 1, rank.begin() + i + 1);
            --n;
            if (i > 0) rank[i - 1] = merges_.rank(id[i - 1], id[i]);
            if (i + 1 < n) rank[i] = merges_.rank(id[i], id[i + 1]);
        }
        ids.insert(ids.end(), id.begin(), id.begin() + static_cast<std::ptrdiff_t>(n));
    }

    // The same in O(n log n): the parts are a linked list, the possible merges a heap. A merge that a neighbour has
    // forestalled is noticed when its turn comes: the parts there are no longer the ones it was for.
    void merge_long(std::string_view piece, std::vector<token>& ids) const {
        constexpr token gone = -1;   // merged into the part before
        struct part {
            token id;
            std::uint32_t before, after;
        };
        using candidate = std::pair<std::uint32_t, std::uint32_t>;   // rank, place of the left part
        const auto n = static_cast<std::uint32_t>(piece.size());
        std::vector<part> parts(n);
        std::priority_queue<candidate, std::vector<candidate>, std::greater<>> heap;
        const auto consider = [&](std::uint32_t left) {
            const std::uint32_t right = parts[left].after;
            if (right == n) return;
            const std::uint32_t rank = merges_.rank(parts[left].id, parts[right].id);
            if (rank != merge_table::none) heap.emplace(rank, left);
        };
        for (std::uint32_t i = 0; i < n; ++i) parts[i] = {byte_ids_[static_cast<unsigned char>(piece[i])], i - 1, i + 1};
        for (std::uint32_t i = 0; i + 1 < n; ++i) consider(i);
        while (!heap.empty()) {
            const auto [rank, left] = heap.top();
            heap.pop();
            const std::uint32_t right = parts[left].after;
            if (parts[left].id == gone || right == n || merges_.rank(parts[left].id, parts[right].id) != rank) continue;
            parts[left] = {merges_.result(rank), parts[left].before, parts[right].after};
            parts[right].id = gone;
            if (parts[left].after < n) parts[parts[left].after].before = left;
            if (left > 0) consider(parts[left].before);
            consider(left);
        }
        for (std::uint32_t i = 0; i < n; i = parts[i].after) ids.push_back(parts[i].id);
    }

    vocabulary pieces_;
    merge_table merges_;
    look_up way_;
    std::array<token, 256> byte_ids_;
    std::vector<bool> whole_;   // text that is this piece whole has this id: its bytes merge to it, or need not
    gpt2_split split_;
};

}  // namespace stepgpt
