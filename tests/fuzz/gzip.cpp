// Any bytes as gzip'd data: at most so much memory, our error or none.
#if defined(STEPGPT_HAS_ZLIB)
#include <stepgpt/text/gzip.hpp>
#endif

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
#if defined(STEPGPT_HAS_ZLIB)
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        stepgpt::read_up_to(stepgpt::gunzip(stepgpt::memory_bytes(bytes)), 1 << 22);
    } catch (const stepgpt::error&) {
    }
#else
    static_cast<void>(data), static_cast<void>(size);
#endif
    return 0;
}
