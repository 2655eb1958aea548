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

pairs, renamed, excluded, classes = [], [], [], []
for code in range(0x110000):
    char = chr(code)
    mapping = unicode.decomposition(char)
    if mapping and not mapping.startswith("<") and code not in HANGUL:
        parts = [int(part, 16) for part in mapping.split()]
        (pairs if len(parts) == 2 else renamed).append([code, *parts])
        if len(parts) == 2 and unicode.normalize("NFC", char) != char:
            excluded.append([code])
    mark = unicode.combining(char)
    if mark and classes and classes[-1][0] + classes[-1][1] == code and classes[-1][2] == mark:
        classes[-1][1] += 1
    elif mark:
        classes.append([code, 1, mark])


def steps(entries):
    """Each entry's first number as the distance from the one before: short numbers, a short file."""
    before = 0
    for first, *rest in entries:
        yield from map(str, [first - before, *rest])
        before = first


def wrapped(numbers):
    lines, line = [], "    "
    for number in numbers:
        if len(line) + len(number) + 1 > 120:
            lines.append(line)
            line = "    "
        line += f"{number},"
    return "\n".join(lines + [line])


print(f"""\
// Which characters are made of others, and in which order marks stand. Made by tools/unicode_compositions.py from
// Unicode {unicode.unidata_version}; do not edit. Not here: Hangul, which is composed by arithmetic (nfc.hpp).
#pragma once

#include <cstdint>

namespace stepgpt::detail {{

// The first number of each entry is the distance from the entry before.

// Characters made of two: the character, its parts.
inline constexpr std::uint32_t nfc_pairs[] = {{
{wrapped(steps(pairs))}
}};

// Characters that are another name for one: the character, the one.
inline constexpr std::uint32_t nfc_renamed[] = {{
{wrapped(steps(renamed))}
}};

// Characters made of two that are never put together.
inline constexpr std::uint32_t nfc_excluded[] = {{
{wrapped(steps(excluded))}
}};

// Marks: the first of a row, how many, their combining class.
inline constexpr std::uint32_t nfc_classes[] = {{
{wrapped(steps(classes))}
}};

}}  // namespace stepgpt::detail""")
