#!/usr/bin/env python3
"""Writes include/stepgpt/text/nfc_tables.hpp: which characters are made of others, and in which order marks stand.

    pip install unicodedata2==16.0.0 && python3 tools/unicode_compositions.py > include/stepgpt/text/nfc_tables.hpp

The version of Unicode is that of the module found.
"""
try:
    import unicodedata2 as unicode
except ImportError:
    import unicodedata as unicode

HANGUL = range(0xAC00, 0xD7A4)  # 11,172 syllables, composed by arithmetic

parts, excluded, classes = [], [], []
for code in range(0x110000):
    char = chr(code)
    mapping = unicode.decomposition(char)
    if mapping and not mapping.startswith("<") and code not in HANGUL:
        first, second = (mapping.split() + ["0"])[:2]
        parts += [f"0x{code:x}", f"0x{first.lower().lstrip('0')}", f"0x{second.lower().lstrip('0') or '0'}"]
        if second != "0" and unicode.normalize("NFC", char) != char:
            excluded.append(f"0x{code:x}")
    mark = unicode.combining(char)
    if mark and classes and classes[-1][1:] == [code - 1, mark]:
        classes[-1][1] = code
    elif mark:
        classes.append([code, code, mark])


def wrapped(numbers):
    lines, line = [], "   "
    for number in numbers:
        if len(line) + len(number) + 2 > 120:
            lines.append(line)
            line = "   "
        line += f" {number},"
    return "\n".join(lines + [line])


print(f"""\
// Which characters are made of others, and in which order marks stand. Made by tools/unicode_compositions.py from Unicode
// {unicode.unidata_version}; do not edit. Not here: Hangul, which is composed by arithmetic (nfc.hpp).
#pragma once

#include <cstdint>

namespace stepgpt::detail {{

// Canonical decompositions: a character, its first and its second part (0: it is another name for the first).
inline constexpr std::uint32_t nfc_parts[] = {{
{wrapped(parts)}
}};

// Characters that are never composed from their parts.
inline constexpr std::uint32_t nfc_excluded[] = {{
{wrapped(excluded)}
}};

// Combining classes other than 0: first character, last character, class.
inline constexpr std::uint32_t nfc_classes[] = {{
{wrapped(f"0x{number:x}" for entry in classes for number in entry)}
}};

}}  // namespace stepgpt::detail""")
