// What the fuzzers of readers share: documents are touched byte by byte, and only our own error may be thrown.
#pragma once

#include <stepgpt/text/byte_source.hpp>
#include <stepgpt/text/reading.hpp>
#include <stepgpt/text/utf8.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace fuzz {

inline void expect(bool holds) {
    if (!holds) std::abort();
}

// Reads the same bytes at once and in small pieces: the documents must not depend on how the bytes arrive.
template <class Read>
void read_twice(const std::string& text, Read&& read) {
    std::string seen[2];
    for (const std::size_t piece : {std::size_t{1} << 16, std::size_t{7}}) {
        std::string& all = seen[piece == 7];
        stepgpt::reading to;
        to.options = {.record_bytes = 4096, .piece_bytes = 512};
        to.keep = [&](stepgpt::document d) { all += d.source + '\0' + d.text + '\0'; };
        to.complain = [&](const stepgpt::error& e) { all += e.what(); };
        const stepgpt::byte_source whole = stepgpt::memory_bytes(text);
        const stepgpt::byte_source in = [&](char* at, std::size_t room) { return whole(at, std::min(room, piece)); };
        try {
            read(in, to);
        } catch (const stepgpt::error& e) {
            all += e.what();
        }
    }
    expect(seen[0] == seen[1]);
}

}  // namespace fuzz
