// Any bytes as a config.json: refused with our error, or sizes that a model can have and that come back from our text.
//
//     clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iinclude
//         tests/fuzz/config.cpp -o fuzz_config
//     ./fuzz_config -max_total_time=30 -timeout=1 -rss_limit_mb=2048
#include <stepgpt/format/config_json.hpp>

#include <cstdlib>

using namespace stepgpt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    gpt_config config;
    try {
        config = config_from({parse_json({reinterpret_cast<const char*>(data), size}, "fuzz"), "fuzz"});
    } catch (const error& e) {
        return std::string_view(e.what()).size() <= 500 ? 0 : (std::abort(), 0);
    }
    check(config);
    if (config_from({parse_json(config_text(config), "fuzz"), "fuzz"}) != config) std::abort();
    return 0;
}
