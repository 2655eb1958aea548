// Any bytes as JSON: refused with our error, or a value whose text gives that value again.
//
//     clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iinclude
//         tests/fuzz/json.cpp -o fuzz_json
//     ./fuzz_json -max_total_time=30 -timeout=1 -rss_limit_mb=2048
#include <stepgpt/core/json.hpp>

#include <cstdlib>

using namespace stepgpt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    json value;
    try {
        value = parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const error& e) {
        return std::string_view(e.what()).size() <= 500 ? 0 : (std::abort(), 0);
    }
    if (parse_json(value.dump(), "fuzz") != value) std::abort();
    return 0;
}
