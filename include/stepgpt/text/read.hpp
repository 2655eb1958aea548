// A plain text file of any bytes -> one document.
//
//     document novel = read_text("emma.txt");                             // throws where UTF-8 breaks
//     document novel = read_text("emma.txt", utf8_policy::replace);       // U+FFFD for what is broken
//     document exact = read_text("emma.txt", utf8_policy::bytes);         // the bytes as they are (byte tokenizer)
//
// A byte order mark at the very beginning is dropped once; everything else stays, NUL bytes and odd newlines too.
// Not here: other encodings (text/encoding.hpp), other formats and whole folders (text/sources.hpp), cleaning
// (text/clean.hpp). The whole file is in memory: for a corpus larger than that, text/sources.hpp streams.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/text/document.hpp>
#include <stepgpt/text/utf8.hpp>

namespace stepgpt {

// What to do with bytes that are not UTF-8.
enum class utf8_policy { strict, replace, bytes };

struct plain_text {
    std::string text;
    bool byte_order_mark = false;      // there was one, now dropped
    std::size_t replacements = 0;
    std::size_t first_replacement = 0; // byte in the file
};

// White space and control bytes alone: nothing to learn from.
inline bool is_blank(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) return false;
    }
    return true;
}

// The bytes of a file, as text. `where` names them in an error.
inline plain_text decode_plain_text(std::string bytes, utf8_policy policy, const std::string& where) {
    const std::size_t size = bytes.size();
    if (size == 0) {
        throw error(
            {.where = where, .found = "an empty file", .wanted = "text", .hint = "was the download cut short?"});
    }
    plain_text result;
    result.byte_order_mark = bytes.compare(0, 3, utf8_byte_order_mark) == 0;
    const std::size_t mark = result.byte_order_mark ? utf8_byte_order_mark.size() : 0;
    bytes.erase(0, mark);

    if (policy != utf8_policy::bytes) {
        const std::size_t broken = first_invalid_utf8(bytes);
        if (broken < bytes.size() && policy == utf8_policy::strict) {
            throw error(
                {.where = where,
                 .offset = mark + broken,
                 .found = "bytes that are not UTF-8: " + printable(bytes.substr(broken, 4)),
                 .wanted = "UTF-8",
                 .hint = "convert the file: iconv -f LATIN1 -t UTF-8 FILE"});
        }
        if (broken < bytes.size()) {
            repaired_text repaired = repair_utf8(bytes);
            bytes = std::move(repaired.text);
            result.replacements = repaired.replacements;
            result.first_replacement = mark + repaired.first;
        }
    }
    if (is_blank(bytes)) {
        throw error({.where = where,
                     .found = "only blanks: kept 0 of " + std::to_string(size) + " bytes",
                     .wanted = "text"});
    }
    result.text = std::move(bytes);
    return result;
}

inline document read_text(const std::filesystem::path& path, utf8_policy policy = utf8_policy::strict) {
    return {decode_plain_text(read_file(path, SIZE_MAX), policy, path.string()).text, path.string()};
}

}  // namespace stepgpt
