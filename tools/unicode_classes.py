#!/usr/bin/env python3
"""Writes include/stepgpt/token/unicode_classes.hpp: which characters are letters, numbers, marks or white space.

    pip install unicodedata2==16.0.0 && python3 tools/unicode_classes.py > include/stepgpt/token/unicode_classes.hpp

The version of Unicode is that of the module found; 16.0.0 is what tiktoken 0.14 and tokenizers 0.23 split text by.
"""
try:
    import unicodedata2 as unicode
except ImportError:
    import unicodedata as unicode

WHITE_SPACE = {*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
CLASSES = {"L": 1, "N": 2, "M": 3}  # other 0, white space 4


def class_of(code):
    return 4 if code in WHITE_SPACE else CLASSES.get(unicode.category(chr(code))[0], 0)


changes, before = [], None
for code in range(0x110000):
    now = class_of(code)
    if now != before:
        changes.append(f"0x{code << 3 | now:x}")
    before = now

lines, line = [], "   "
for change in changes:
    if len(line) + len(change) + 2 > 120:
        lines.append(line)
        line = "   "
    line += f" {change},"
lines.append(line)

print(f"""\
// Which characters are letters, numbers, marks or white space. Made by tools/unicode_classes.py from Unicode
// {unicode.unidata_version}; do not edit. Not here: anything else about a character.
#pragma once

#include <cstdint>
#include <vector>

namespace stepgpt {{

// General categories L, N and M, and the property White_Space. No character is in two of them.
enum class unicode_class : std::uint8_t {{ other = 0, letter = 1, number = 2, mark = 3, space = 4 }};

namespace detail {{
// Where the class changes: first character << 3 | its class, up to the next entry.
inline constexpr std::uint32_t unicode_class_changes[] = {{""")
print("\n".join(lines))
print("""\
};

// A function, not a lambda: that would be constexpr, and compilers would try for seconds to run it, a million steps long.
inline std::vector<unicode_class> spread_unicode_classes() {
    std::vector<unicode_class> all;
    all.reserve(0x110000);
    for (const std::uint32_t change : unicode_class_changes) {
        if (!all.empty()) all.resize(change >> 3, all.back());
        all.push_back(static_cast<unicode_class>(change & 7));
    }
    all.resize(0x110000, all.back());
    return all;
}
}  // namespace detail

// The class of every character, one byte each, indexed by code point up to U+10FFFF.
inline const unicode_class* unicode_classes() {
    static const std::vector<unicode_class> classes = detail::spread_unicode_classes();
    return classes.data();
}

}  // namespace stepgpt""")
