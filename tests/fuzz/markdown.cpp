// Any text as Markdown: never longer than it was by more than its lines, and valid UTF-8 where it was.
#include <stepgpt/text/markdown.hpp>

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = stepgpt::repair_utf8({reinterpret_cast<const char*>(data), size}).text;
    const std::string read = stepgpt::markdown_text(text);
    fuzz::expect(stepgpt::is_utf8(read));
    fuzz::expect(read.size() <= 2 * text.size() + 2);
    return 0;
}
