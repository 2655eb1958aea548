// Any bytes as a .tiktoken file: refused with our error, or a tokenizer that its own file gives again. The first line
// stands for those of the 256 bytes, so that the fuzzer need not write them.
#include "tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepgpt;
    static const std::string bytes = to_tiktoken(tokenizer_from_merges("", "bytes"));
    std::string text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with("bytes\n")) text.replace(0, 6, bytes);
    fuzz::only_our_error([&] {
        const tokenizer t = tokenizer_from_tiktoken(text, "fuzz");
        fuzz::use(t);
        fuzz::expect(tokenizer_from_tiktoken(to_tiktoken(t), "again").hash() == t.hash());
    });
    return 0;
}
