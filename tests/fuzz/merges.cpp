// Any bytes as vocab.json, a NUL and merges.txt, or as merges.txt alone: refused with our error, or a tokenizer that its
// own two files give again.
#include "tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepgpt;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = text.find('\0');
    fuzz::only_our_error([&] {
        const tokenizer t = end == text.npos
                                ? tokenizer_from_merges(text, "fuzz")
                                : tokenizer_from_vocab_and_merges(text.substr(0, end), "fuzz",
                                                                  text.substr(end + 1), "fuzz");
        fuzz::use(t);
        const auto files = to_vocab_and_merges(t);
        fuzz::expect(tokenizer_from_vocab_and_merges(files.vocab, "again", files.merges, "again").hash() == t.hash());
    });
    return 0;
}
