// Errors that teach: where, what was found, what was wanted, and what to try.
//
//     throw error{.where = "train.bin", .offset = 131072, .found = "token id 70", .wanted = "an id below 65",
//                 .hint = "this data folder was made with another tokenizer; run prepare again"};
//
// A message is at most 500 bytes: control bytes are escaped and quoted names are cut, since both may come from a hostile
// file. Not here: assertions. Library code throws `error` for bad input and for nothing else; programs turn it into
// exit code 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stepgpt {

// `text` with control bytes as \xNN and at most `limit` bytes long ("..." shows a cut), safe to print on a terminal.
inline std::string printable(std::string_view text, std::size_t limit = 80) {
    std::string out;
    for (const unsigned char byte : text) {
        if (out.size() >= limit) return out + "...";
        if (byte >= 0x20 && byte != 0x7f) {
            out += static_cast<char>(byte);
        } else {
            char escaped[5];
            std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
            out += byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : escaped;
        }
    }
    return out;
}

// What is known about a failure. Only `where` and one of `found` and `wanted` are expected; name the fields you have.
struct complaint {
    std::string where;                          // a file, a flag, a function
    std::optional<std::uint64_t> offset = {};   // byte in that file
    std::optional<std::uint64_t> line = {};     // line in that file, from 1
    std::string subject = {};                   // the tensor, key or field
    std::string found = {};
    std::string wanted = {};
    std::string hint = {};                      // the likely cause and what to do
};

class error : public std::exception {
public:
    explicit error(complaint what) : about_(std::move(what)), message_(compose(about_)) {}

    const char* what() const noexcept override { return message_.c_str(); }
    const complaint& about() const noexcept { return about_; }

private:
    static std::string compose(const complaint& c) {
        std::string text = printable(c.where, 120);
        if (c.line) text += ", line " + std::to_string(*c.line);
        if (c.offset) text += ", byte " + std::to_string(*c.offset);
        if (!c.subject.empty()) text += ", '" + printable(c.subject) + "'";
        if (!c.found.empty()) text += ": found " + printable(c.found, 120);
        if (!c.wanted.empty()) text += (c.found.empty() ? ": wanted " : ", wanted ") + printable(c.wanted, 120);
        if (!c.hint.empty()) text += "\n  -> " + printable(c.hint, 160);
        return text.size() <= 500 ? text : text.substr(0, 497) + "...";
    }

    complaint about_;
    std::string message_;
};

// "(12, 64, 128)"
inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string text = "(";
    for (const std::size_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + ")";
}

namespace detail {

[[noreturn]] inline void refuse_shape(std::span<const std::size_t> found, std::span<const std::size_t> wanted,
                                      const char* what, const char* file, int line) {
    const std::string_view path = file;
    throw error({.where = std::string(path.substr(path.rfind('/') + 1)),
                 .line = static_cast<std::uint64_t>(line),
                 .subject = what,
                 .found = "shape " + shape_text(found),
                 .wanted = "shape " + shape_text(wanted)});
}

}  // namespace detail

// Throws unless x has just this shape: expect_shape(x, {B, T, C}, "attention input x (B,T,C)").
// The file and line of the caller are in the message (std::source_location is missing in clang 14's library).
template <class Tensor, std::size_t N>
void expect_shape(const Tensor& x, const std::size_t (&wanted)[N], const char* what, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
    bool same = x.dimension() == N;
    for (std::size_t i = 0; same && i < N; ++i) same = x.shape(i) == wanted[i];
    if (!same) detail::refuse_shape(x.shape(), wanted, what, file, line);
}

}  // namespace stepgpt
