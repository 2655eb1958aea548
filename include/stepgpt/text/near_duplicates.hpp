// Which documents have been there before: equal ones by a hash, nearly equal ones by MinHash.
//
//     near_duplicates seen;
//     minhash m = minhash_of(text);
//     auto twin = seen.find(m, [&](std::size_t i) { return similarity(shingles_of(text), shingles_of(document(i))); });
//     if (!twin) seen.add(m);            // documents are numbered in the order in which they are added
//
// Two documents are as similar as the share of their phrases of five words that both have (Jaccard). Broder ("On the
// resemblance and containment of documents", 1997): the least hash of all phrases is the same for both with just that
// probability. So 120 such minima, 20 bands of 6: two documents meet if all six of any band agree, which at
// similarity s happens with probability 1 - (1 - s^6)^20: 0.03 at 0.35, 0.91 at 0.7, 0.998 at 0.8, 0.99999 at 0.9.
// Those that meet are compared in truth, so what is called a duplicate is one; what is missed is told by that curve
// (a test measures it).
//
// Memory: of each minimum 8 bits are kept (Li and Koenig, "b-bit minwise hashing", 2010), and each band's table has a
// 4-byte number a document: 120 bytes, and 90 to 190 bytes of tables, for each document kept, whatever its length.
// That is all in this room that grows with a corpus. Not here: the texts.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/text/text_parts.hpp>

namespace stepgpt {

inline constexpr std::size_t minhash_rows = 6, minhash_bands = 20, minhash_size = minhash_rows * minhash_bands;

using minhash = std::array<std::uint8_t, minhash_size>;

// The hashes of all phrases of five words, sorted and each once. Case and punctuation do not count. A text of fewer
// than five words is one phrase.
inline std::vector<std::uint32_t> shingles_of(std::string_view text) {
    std::vector<std::uint64_t> words;
    std::uint64_t word = 0;
    const auto end_word = [&] {
        if (word != 0) words.push_back(word);
        word = 0;
    };
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        const bool letter = byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (letter) word = (word + byte + 1) * 0x9E3779B97F4A7C15u;
        else end_word();
    }
    end_word();
    std::vector<std::uint32_t> shingles;
    constexpr std::size_t size = 5;
    for (std::size_t i = 0; i == 0 || i + size <= words.size(); ++i) {
        std::uint64_t phrase = 0;
        for (std::size_t k = i; k < std::min(i + size, words.size()); ++k) {
            phrase = std::rotl(phrase ^ words[k], 29) * 0xBF58476D1CE4E5B9u;
        }
        shingles.push_back(static_cast<std::uint32_t>(phrase >> 32));
    }
    std::sort(shingles.begin(), shingles.end());
    shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
    return shingles;
}

// Of all phrases in one or the other, the share that is in both.
inline double similarity(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
    std::size_t both = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        both += a[i] == b[j];
        const bool left = a[i] <= b[j], right = b[j] <= a[i];
        i += left, j += right;
    }
    const std::size_t all = a.size() + b.size() - both;
    return all == 0 ? 1.0 : static_cast<double>(both) / static_cast<double>(all);
}

// Of 120 orders of all hashes, which of this text's comes first: eight bits of each.
inline minhash minhash_of(const std::vector<std::uint32_t>& shingles) {
    struct order {
        std::uint32_t flip, factor;
    };
    static const auto orders = [] {
        std::array<order, minhash_size> all{};
        const random_numbers numbers(0x6d696e68617368, stream::shuffle);      // "minhash"
        for (std::size_t i = 0; i < minhash_size; ++i) all[i] = {numbers.bits(2 * i), numbers.bits(2 * i + 1) | 1};
        return all;
    }();
    std::array<std::uint32_t, minhash_size> least;
    least.fill(UINT32_MAX);
    for (const std::uint32_t shingle : shingles) {
        for (std::size_t i = 0; i < minhash_size; ++i) {   // x -> (x ^ flip) * odd, its high bits folded in: one to one
            std::uint32_t x = (shingle ^ orders[i].flip) * orders[i].factor;
            x ^= x >> 15;
            least[i] = std::min(least[i], x * 0x2C1B3C6Du);
        }
    }
    minhash result;
    for (std::size_t i = 0; i < minhash_size; ++i) result[i] = static_cast<std::uint8_t>(least[i] >> 3);
    return result;
}

inline minhash minhash_of(std::string_view text) { return minhash_of(shingles_of(text)); }

class near_duplicates {
public:
    explicit near_duplicates(double threshold = 0.8) : threshold_(threshold) {}

    std::size_t size() const { return known_.size(); }

    // The first known document that is similar enough. similar(i) gives the true similarity to document i.
    template <class Similar>
    std::optional<std::size_t> find(const minhash& m, Similar&& similar) const {
        if (known_.empty()) return std::nullopt;
        std::vector<std::uint32_t> met;
        for (std::size_t band = 0; band < minhash_bands; ++band) {
            for (std::size_t slot = slot_of(m, band); tables_[band][slot] != 0; slot = (slot + 1) & mask_) {
                const std::uint32_t i = tables_[band][slot] - 1;
                if (same_band(m, known_[i], band)) met.push_back(i);
            }
        }
        std::sort(met.begin(), met.end());
        met.erase(std::unique(met.begin(), met.end()), met.end());
        for (const std::uint32_t i : met) {
            if (estimate(m, known_[i]) >= threshold_ - 0.15 && similar(i) >= threshold_) return i;   // four deviations
        }
        return std::nullopt;
    }

    void add(const minhash& m) {
        known_.push_back(m);
        if (tables_[0].empty() || 8 * known_.size() > 7 * (mask_ + 1)) return grow();
        for (std::size_t band = 0; band < minhash_bands; ++band) place(known_.size() - 1, band);
    }

private:
    // The share of minima that agree, less those that agree in eight bits by chance.
    static double estimate(const minhash& a, const minhash& b) {
        std::size_t same = 0;
        for (std::size_t i = 0; i < minhash_size; ++i) same += a[i] == b[i];
        const double share = static_cast<double>(same) / minhash_size;
        return (share - 1.0 / 256) / (1 - 1.0 / 256);
    }

    static bool same_band(const minhash& a, const minhash& b, std::size_t band) {
        return std::memcmp(&a[band * minhash_rows], &b[band * minhash_rows], minhash_rows) == 0;
    }

    std::size_t slot_of(const minhash& m, std::size_t band) const {
        std::uint64_t key = 0;
        std::memcpy(&key, &m[band * minhash_rows], minhash_rows);
        return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15u >> 20) & mask_;
    }

    // A document whose band is there already is not entered again: the earlier one stands for it in this band. So a
    // phrase that a million documents share does not make a chain of a million.
    void place(std::size_t i, std::size_t band) {
        std::size_t slot = slot_of(known_[i], band);
        for (; tables_[band][slot] != 0; slot = (slot + 1) & mask_) {
            if (same_band(known_[i], known_[tables_[band][slot] - 1], band)) return;
        }
        tables_[band][slot] = static_cast<std::uint32_t>(i + 1);
    }

    void grow() {
        mask_ = std::bit_ceil(known_.size() + known_.size() / 7 + 64) - 1;
        for (std::size_t band = 0; band < minhash_bands; ++band) {
            tables_[band].assign(mask_ + 1, 0);
            for (std::size_t i = 0; i < known_.size(); ++i) place(i, band);
        }
    }

    double threshold_;
    std::vector<minhash> known_;
    std::array<std::vector<std::uint32_t>, minhash_bands> tables_;   // document + 1, 0 for an empty slot
    std::size_t mask_ = 0;
};

}  // namespace stepgpt
