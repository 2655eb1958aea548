// Random numbers that are a function of their place, not of a history.
//
// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a 64-bit key
// and a 128-bit counter into 128 random bits. Our key is the seed; our counter is (index, step, stream). So the n-th value
// of a step is the same whichever thread asks for it and in whatever order, a resumed run continues as if it had never
// stopped, and evaluating or sampling more often cannot change training, because they draw from streams of their own.
// Not here: std::normal_distribution, std::shuffle and their like; their results differ between standard libraries.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace stepgpt {

// The key of the next round.
constexpr std::array<std::uint32_t, 2> next_philox_key(std::array<std::uint32_t, 2> key) {
    return {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};   // the golden ratio, sqrt(3) - 1
}

// One Philox 4x32-10 block: ten rounds of two 32x32 -> 64 bit products, the key bumped between rounds.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
                   static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key = next_philox_key(key);
    }
    return counter;
}

// What a number is drawn for. Two purposes never share a number.
enum class stream : std::uint32_t {
    init = 1, shuffle = 2, batch = 3, sample = 4, tales = 5, test = 6, rounding = 7, dropout = 0x10000
};

// The random numbers of one (seed, stream, step), addressed by index.
class random_numbers {
public:
    constexpr random_numbers(std::uint64_t seed, stream purpose, std::uint32_t step = 0)
        : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
          purpose_(static_cast<std::uint32_t>(purpose)), step_(step) {}

    // Those of another step.
    constexpr random_numbers at_step(std::uint32_t step) const {
        random_numbers other = *this;
        other.step_ = step;
        return other;
    }

    // Words 4 index .. 4 index + 3 of the sequence: what Philox makes of this counter and key.
    constexpr std::array<std::uint32_t, 4> block(std::uint64_t index) const { return philox(counter(index), key_); }
    constexpr std::array<std::uint32_t, 4> counter(std::uint64_t index) const {
        return {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), step_, purpose_};
    }
    constexpr std::array<std::uint32_t, 2> key() const { return key_; }

    constexpr std::uint32_t bits(std::uint64_t index) const { return block(index / 4)[index % 4]; }

    // Uniform in [0, 1): 53 bits.
    constexpr double uniform(std::uint64_t index) const {
        const auto words = block(index / 2);
        const std::size_t half = 2 * (index % 2);
        return static_cast<double>(std::uint64_t{words[half]} << 21 ^ words[half + 1] >> 11) * 0x1p-53;
    }

    // Uniform in 0 .. bound - 1. The bias of the multiply-shift (Lemire 2019) is below bound / 2^64.
    constexpr std::uint64_t below(std::uint64_t bound, std::uint64_t index) const {
        const auto words = block(index / 2);
        const std::size_t half = 2 * (index % 2);
        const std::uint64_t word = std::uint64_t{words[half]} << 32 | words[half + 1];
        return static_cast<std::uint64_t>(static_cast<unsigned __int128>(word) * bound >> 64);
    }

    // Standard normal, by Box and Muller (1958).
    double normal(std::uint64_t index) const {
        const double radius = std::sqrt(-2.0 * std::log1p(-uniform(2 * index)));
        return radius * std::cos(2.0 * 3.14159265358979323846 * uniform(2 * index + 1));
    }

    // Fisher and Yates: every order of `items` equally likely.
    template <class Items>
    void shuffle(Items& items) const {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i, i)]);
    }

private:
    std::array<std::uint32_t, 2> key_;
    std::uint32_t purpose_, step_;
};

}  // namespace stepgpt
