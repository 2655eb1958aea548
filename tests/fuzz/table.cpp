// Any bytes as a table, the first byte choosing the separator.
#include <stepgpt/text/table.hpp>

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const char separator = ",\t;|"[data[0] % 4];
    fuzz::read_twice(text, [&](const stepgpt::byte_source& in, const stepgpt::reading& to) {
        stepgpt::read_table(in, separator, "t", to);
    });
    stepgpt::guess_separator(text);
    stepgpt::guess_separator(text, true);
    return 0;
}
