// A hash table whose keys are pairs of ids: open addressing, at most half full. Not here: removing a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

template <class Value>
class pair_map {
public:
    std::size_t size() const { return size_; }

    // Null: this pair is not there.
    const Value* find(token left, token right) const {
        const slot& place = slots_[slot_of(key(left, right))];
        return place.key == empty ? nullptr : &place.value;
    }

    // The value of this pair, which is put there as Value() if it is not there yet.
    Value& operator()(token left, token right) {
        if (2 * (size_ + 1) > slots_.size()) grow();
        slot& place = slots_[slot_of(key(left, right))];
        size_ += place.key == empty;
        place.key = key(left, right);
        return place.value;
    }

private:
    static constexpr std::uint64_t empty = std::numeric_limits<std::uint64_t>::max();   // no key: ids are not negative

    struct slot {
        std::uint64_t key = empty;
        Value value{};
    };

    static std::uint64_t key(token left, token right) {
        return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    }

    // Where the key is, or where it would go. The product with 2^64 / golden ratio brings all bits of the key into the
    // upper ones (Knuth, The Art of Computer Programming 6.4).
    std::size_t slot_of(std::uint64_t key) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t place = (key * 0x9E3779B97F4A7C15) >> 32 & mask;
        while (slots_[place].key != key && slots_[place].key != empty) place = (place + 1) & mask;
        return place;
    }

    void grow() {
        std::vector<slot> before(2 * slots_.size());
        before.swap(slots_);
        for (const slot& s : before)
            if (s.key != empty) slots_[slot_of(s.key)] = s;
    }

    std::vector<slot> slots_ = std::vector<slot>(64);   // a power of two of them
    std::size_t size_ = 0;
};

}  // namespace stepgpt
