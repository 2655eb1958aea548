// Any bytes as a web page: text of valid UTF-8, or our error. Run with -max_len=4096: the parser's time grows with
// the square of the nesting depth, which is bounded, but at a depth that takes a sanitizer seconds.
#if defined(STEPGPT_HAS_GUMBO)
#include <stepgpt/text/html.hpp>
#endif

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
#if defined(STEPGPT_HAS_GUMBO)
    const std::string page =
        stepgpt::repair_utf8({reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096)}).text;
    try {
        fuzz::expect(stepgpt::is_utf8(stepgpt::html_text(page)));
    } catch (const stepgpt::error&) {
    }
#else
    static_cast<void>(data), static_cast<void>(size);
#endif
    return 0;
}
