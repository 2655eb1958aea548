#include <stepgpt/token/tokenizer.hpp>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("a byte is its own id") {
    const tokenizer t = byte_tokenizer();
    CHECK(t.name() == "byte");
    CHECK(t.vocab_size() == 256);
    CHECK(t.encode("aé") == std::vector<token>{97, 0xC3, 0xA9});
    CHECK(t.encode("").empty());
}

TEST_CASE("any bytes come back") {
    const tokenizer t = byte_tokenizer();
    for (std::uint32_t n = 0; n < 500; ++n) {
        const auto text = test::random_text(n, 30, test::difficult_parts());
        REQUIRE(t.decode(t.encode(text)) == text);
    }
}
