// GPT-2's way to write any bytes as printable text: one character for each byte, as vocab.json and tokenizer.json need.
//
// The 188 printable bytes of Latin-1 stand for themselves; the other 68, in their order, are U+0100 .. U+0143. So a space
// is U+0120, written in GPT-2's files as "Ġ". The order of these characters is also the order of GPT-2's first 256 ids.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <stepgpt/text/utf8.hpp>


namespace stepgpt {

constexpr bool stands_for_itself(unsigned byte) {
    return (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);   // white space and the soft hyphen do not print
}

struct byte_alphabet {
    std::array<char32_t, 256> character{};     // of a byte
    std::array<short, 0x144> byte{};           // of a character; -1: of none
    std::array<unsigned char, 256> order{};    // the bytes as GPT-2 numbers them

    constexpr byte_alphabet() {
        byte.fill(-1);
        char32_t next = 0x100;
        for (unsigned b = 0; b < 256; ++b) {
            character[b] = stands_for_itself(b) ? b : next++;
            byte[character[b]] = static_cast<short>(b);
        }
        std::size_t n = 0;
        for (const short b : byte)   // in the order of the characters
            if (b >= 0) order[n++] = static_cast<unsigned char>(b);
    }
};

inline constexpr byte_alphabet gpt2_alphabet{};

inline std::string to_byte_alphabet(std::string_view bytes) {
    std::string text;
    for (const unsigned char byte : bytes) append_utf8(text, gpt2_alphabet.character[byte]);
    return text;
}

// Puts the bytes that `text` stands for into `bytes`. False: some character stands for no byte.
inline bool from_byte_alphabet(std::string_view text, std::string& bytes) {
    bytes.clear();
    while (!text.empty()) {
        const auto character = decode_utf8(text, 0);
        if (character.value >= gpt2_alphabet.byte.size() || gpt2_alphabet.byte[character.value] < 0) return false;
        bytes += static_cast<char>(gpt2_alphabet.byte[character.value]);
        text.remove_prefix(character.length);
    }
    return true;
}

}  // namespace stepgpt
