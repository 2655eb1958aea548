// Any bytes as a tokenizer.json: refused with our error, or a tokenizer that its own file gives again.
#include "tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepgpt;
    fuzz::only_our_error([&] {
        const tokenizer t = tokenizer_from_json({reinterpret_cast<const char*>(data), size}, "fuzz");
        fuzz::use(t);
        fuzz::expect(tokenizer_from_json(tokenizer_json(t), "again").hash() == t.hash());
    });
    return 0;
}
