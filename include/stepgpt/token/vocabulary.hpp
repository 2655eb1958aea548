// The pieces of text that have an id, and finding the id of a piece.
//
// All pieces lie behind one another in one string; a hash table of ids (open addressing, at most half full) leads from a
// piece to its id by comparing bytes there. So a vocabulary is copied, saved and hashed as a plain value.
// Not here: how a text is cut into pieces; every kind of tokenizer has its own way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

class vocabulary {
public:
    static constexpr token none = -1;

    std::size_t size() const { return ends_.size(); }

    // The bytes of id, which is one of 0 .. size() - 1.
    std::string_view operator[](token id) const {
        const auto i = static_cast<std::size_t>(id);
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return {bytes_.data() + begin, ends_[i] - begin};
    }

    // The id of this piece, or none.
    token find(std::string_view piece) const { return slots_.empty() ? none : slots_[slot_of(piece)]; }

    // The id of this piece, which is added behind all others if it is new.
    token add(std::string_view piece) {
        if (2 * (size() + 1) > slots_.size()) grow();
        token& slot = slots_[slot_of(piece)];
        if (slot != none) return slot;
        if (size() == static_cast<std::size_t>(std::numeric_limits<token>::max()))
            throw error({.where = "vocabulary", .found = "more than 2147483647 different pieces"});
        bytes_ += piece;
        ends_.push_back(bytes_.size());
        return slot = static_cast<token>(size() - 1);
    }

    friend bool operator==(const vocabulary& a, const vocabulary& b) {
        return a.ends_ == b.ends_ && a.bytes_ == b.bytes_;
    }

private:
    // Where the piece is, or where it would go.
    std::size_t slot_of(std::string_view piece) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t slot = std::hash<std::string_view>{}(piece) & mask;
        while (slots_[slot] != none && (*this)[slots_[slot]] != piece) slot = (slot + 1) & mask;
        return slot;
    }

    void grow() {
        slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), none);
        for (std::size_t id = 0; id < size(); ++id) {
            const auto as_token = static_cast<token>(id);
            slots_[slot_of((*this)[as_token])] = as_token;
        }
    }

    std::string bytes_;
    std::vector<std::size_t> ends_;   // piece i ends before bytes_[ends_[i]]
    std::vector<token> slots_;        // a power of two of them
};

}  // namespace stepgpt
