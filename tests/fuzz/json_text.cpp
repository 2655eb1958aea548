// Any bytes as JSON or JSON Lines.
#include <stepgpt/text/json_text.hpp>
#include <stepgpt/text/kind.hpp>

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    fuzz::read_twice(text, [](const stepgpt::byte_source& in, const stepgpt::reading& to) {
        stepgpt::read_json_lines(in, "l", to);
    });
    fuzz::read_twice(text, [](const stepgpt::byte_source& in, const stepgpt::reading& to) {
        stepgpt::read_json_values(in, "v", to);
    });
    stepgpt::kind_of(text, "x");
    return 0;
}
