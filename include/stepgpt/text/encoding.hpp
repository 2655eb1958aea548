// Which encoding some bytes are in, and UTF-8 from all of them.
//
//     encoding_detector seen;                      // every byte of the file goes past it: the one accent that tells
//     each_block(file_bytes(path), seen);          // Latin-1 from UTF-8 may be on the last line
//     byte_source text = as_utf8(file_bytes(path), seen.verdict());
//
// The rules, in order: a byte order mark decides (UTF-8, UTF-16); what is well-formed UTF-8 is UTF-8; a text in which
// well-formed sequences outnumber the broken ones is UTF-8 with damage, and U+FFFD stands for each broken one; the
// rest is Latin-1, read as every browser reads it: as windows-1252, its superset with curly quotes in 0x80..0x9F
// (WHATWG Encoding Standard, "latin1" is a label of windows-1252). Nothing is guessed in silence: the verdict says
// what was found. Not here: other 8-bit and Asian encodings. Convert those first (iconv).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

enum class encoding { utf8, utf16_little, utf16_big, latin1 };

inline const char* name_of(encoding e) {
    constexpr const char* names[] = {"UTF-8", "UTF-16 (little-endian)", "UTF-16 (big-endian)",
                                     "Latin-1 (windows-1252)"};
    return names[static_cast<int>(e)];
}

struct encoding_verdict {
    encoding is = encoding::utf8;
    bool byte_order_mark = false;
    std::uint64_t bytes = 0;
    std::uint64_t sequences = 0;      // well-formed UTF-8 of two to four bytes
    std::uint64_t broken = 0;         // ill-formed ones
    std::uint64_t first_broken = 0;   // byte
    std::uint64_t controls = 0;       // bytes that texts do not have: 0x00..0x08, 0x0E..0x1F but ESC
};

class encoding_detector {
public:
    void operator()(std::string_view block) {
        if (beginning_.size() < 3) look_for_mark(beginning_ += block.substr(0, 3));
        seen_.bytes += block.size();
        for (const char c : block) {
            const auto byte = static_cast<unsigned char>(c);
            seen_.controls += byte < 0x09 || (byte > 0x0D && byte < 0x20 && byte != 0x1B);
        }
        held_ += block;
        const std::size_t ready = held_.size() - incomplete_utf8_tail(held_);
        count({held_.data(), ready});
        held_.erase(0, ready);
    }

    encoding_verdict verdict() {
        count(held_);
        held_.clear();
        if (!seen_.byte_order_mark && seen_.broken > seen_.sequences) seen_.is = encoding::latin1;
        return seen_;
    }

private:
    void look_for_mark(std::string_view text) {
        const auto begins = [&](std::string_view mark) { return text.substr(0, mark.size()) == mark; };
        seen_.byte_order_mark = begins(utf8_byte_order_mark) || begins("\xFF\xFE") || begins("\xFE\xFF");
        if (begins("\xFF\xFE")) seen_.is = encoding::utf16_little;
        if (begins("\xFE\xFF")) seen_.is = encoding::utf16_big;
    }

    void count(std::string_view text) {
        for (std::size_t at = detail::skip_ascii(text, 0); at < text.size(); at = detail::skip_ascii(text, at)) {
            const code_point c = decode_utf8(text, at);
            if (c.valid) ++seen_.sequences;
            else if (seen_.broken++ == 0) seen_.first_broken = counted_ + at;
            at += c.length;
        }
        counted_ += text.size();
    }

    encoding_verdict seen_;
    std::string beginning_;      // where a byte order mark would be
    std::string held_;           // the incomplete character at the end of the last block
    std::uint64_t counted_ = 0;
};

namespace detail {

// windows-1252 in 0x80..0x9F; the five bytes that it does not use are control characters, as in Latin-1.
inline constexpr char16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

// Takes bytes in blocks of any size and gives UTF-8; what is incomplete at the end of a block waits for the next.
class transcoder {
public:
    explicit transcoder(encoding from) : from_(from) {}

    void add(std::string_view block, bool last, std::string& out) {
        if (from_ == encoding::latin1) return latin1(block, out);
        held_ += block;
        held_.erase(0, from_ == encoding::utf8 ? utf8(last, out) : utf16(last, out));
    }

private:
    static void latin1(std::string_view block, std::string& out) {
        for (const char c : block) {
            const auto byte = static_cast<unsigned char>(c);
            append_utf8(out, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
        }
    }

    std::size_t utf8(bool last, std::string& out) const {
        const std::string_view ready(held_.data(), held_.size() - (last ? 0 : incomplete_utf8_tail(held_)));
        if (is_utf8(ready)) out += ready;
        else out += repair_utf8(ready).text;
        return ready.size();
    }

    std::size_t utf16(bool last, std::string& out) const {
        const auto unit = [&](std::size_t at) {
            const auto first = static_cast<unsigned char>(held_[at]),
                       second = static_cast<unsigned char>(held_[at + 1]);
            return static_cast<char32_t>(from_ == encoding::utf16_little ? first | second << 8 : first << 8 | second);
        };
        std::size_t at = 0;
        while (at + 2 <= held_.size()) {
            const char32_t high = unit(at);
            const bool leads = high >= 0xD800 && high < 0xDC00;
            if (leads && at + 4 > held_.size() && !last) return at;
            const char32_t low = leads && at + 4 <= held_.size() ? unit(at + 2) : 0;
            const bool pair = low >= 0xDC00 && low < 0xE000;
            append_utf8(out, pair ? 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) : high);   // lone ones: U+FFFD
            at += pair ? 4 : 2;
        }
        if (last && at < held_.size()) append_utf8(out, replacement_character);   // half a unit
        return last ? held_.size() : at;
    }

    encoding from_;
    std::string held_;
};

}  // namespace detail

// The same text as UTF-8, without its byte order mark.
inline byte_source as_utf8(byte_source in, const encoding_verdict& verdict) {
    struct state {
        byte_source in;
        detail::transcoder transcode;
        std::string block, ready;
        std::size_t at = 0;
        bool mark, ended = false;
    };
    auto my = std::make_shared<state>(state{
        std::move(in), detail::transcoder(verdict.is), std::string(block_bytes, '\0'), {}, 0, verdict.byte_order_mark});
    return [my](char* to, std::size_t room) {
        while (my->at == my->ready.size() && !my->ended) {
            my->ready.clear();
            my->at = 0;
            const std::size_t count = my->in(my->block.data(), my->block.size());
            my->ended = count == 0;
            my->transcode.add({my->block.data(), count}, my->ended, my->ready);
            if (my->mark && my->ready.size() >= utf8_byte_order_mark.size()) {
                my->at = utf8_byte_order_mark.size();   // of any encoding: here it is UTF-8 already
                my->mark = false;
            }
        }
        const std::size_t count = my->ready.copy(to, room, my->at);
        my->at += count;
        return count;
    };
}

}  // namespace stepgpt
