// XXH64 (Yann Collet, https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md): a 64-bit checksum of bytes, with seed 0.
//
//     hash64(text)                                    // at once
//     hasher h; h.add(header); h.add(body); h.value() // in any pieces, the same number
//
// It finds accidents: a flipped bit, another file. Not here: protection against collisions made on purpose.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace stepgpt {

class hasher {
public:
    void add(std::span<const std::byte> bytes) {
        total_ += bytes.size();
        if (held_ > 0) {                                    // fill the stripe that an earlier piece began
            const auto part = bytes.first(std::min(bytes.size(), stripe - held_));
            std::memcpy(buffer_ + held_, part.data(), part.size());
            held_ += part.size();
            bytes = bytes.subspan(part.size());
            if (held_ < stripe) return;
            mix(buffer_);
            held_ = 0;
        }
        for (; bytes.size() >= stripe; bytes = bytes.subspan(stripe)) mix(bytes.data());
        if (!bytes.empty()) std::memcpy(buffer_, bytes.data(), held_ = bytes.size());
    }
    void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }

    std::uint64_t value() const {
        std::uint64_t h = prime5;                           // fewer than 32 bytes never touch the lanes
        if (total_ >= stripe) {
            h = std::rotl(lane_[0], 1) + std::rotl(lane_[1], 7) + std::rotl(lane_[2], 12) + std::rotl(lane_[3], 18);
            for (const auto lane : lane_) h = (h ^ round(0, lane)) * prime1 + prime4;
        }
        h += total_;
        const std::byte *rest = buffer_, *const end = buffer_ + held_;
        for (; end - rest >= 8; rest += 8) h = std::rotl(h ^ round(0, load<std::uint64_t>(rest)), 27) * prime1 + prime4;
        for (; end - rest >= 4; rest += 4) h = std::rotl(h ^ load<std::uint32_t>(rest) * prime1, 23) * prime2 + prime3;
        for (; rest != end; ++rest) h = std::rotl(h ^ static_cast<std::uint64_t>(*rest) * prime5, 11) * prime1;
        h = (h ^ h >> 33) * prime2;
        h = (h ^ h >> 29) * prime3;
        return h ^ h >> 32;
    }

private:
    static constexpr std::size_t stripe = 32;
    static constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87, prime2 = 0xC2B2AE3D27D4EB4F,
                                   prime3 = 0x165667B19E3779F9, prime4 = 0x85EBCA77C2B2AE63,
                                   prime5 = 0x27D4EB2F165667C5;

    template <class Word>
    static std::uint64_t load(const std::byte* from) {
        static_assert(std::endian::native == std::endian::little);
        Word word;
        std::memcpy(&word, from, sizeof word);
        return word;
    }

    static std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
        return std::rotl(lane + word * prime2, 31) * prime1;
    }

    void mix(const std::byte* from) {
        for (std::size_t i = 0; i < 4; ++i) lane_[i] = round(lane_[i], load<std::uint64_t>(from + 8 * i));
    }

    std::array<std::uint64_t, 4> lane_{prime1 + prime2, prime2, 0, 0 - prime1};
    std::byte buffer_[stripe];
    std::size_t held_ = 0;                                  // bytes of an unfinished stripe
    std::uint64_t total_ = 0;
};

inline std::uint64_t hash64(std::span<const std::byte> bytes) {
    hasher h;
    h.add(bytes);
    return h.value();
}

inline std::uint64_t hash64(std::string_view text) {
    return hash64(std::as_bytes(std::span(text.data(), text.size())));
}

// "ef46db3751d8e999"
inline std::string hash_text(std::uint64_t hash) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return digits;
}

}  // namespace stepgpt
