#include <stepgpt/core/hash.hpp>

#include <doctest/doctest.h>

using namespace stepgpt;

TEST_CASE("XXH64 gives the published values") {
    CHECK(hash_text(hash64("")) == "ef46db3751d8e999");
    CHECK(hash_text(hash64("a")) == "d24ec4f1a98c6e5b");
    CHECK(hash_text(hash64("abc")) == "44bc2cf5ad770999");
    CHECK(hash_text(hash64("xxhash")) == "32dd38952c4bc720");
    CHECK(hash_text(hash64("Nobody inspects the spammish repetition")) == "fbcea83c8a378bf1");
}

TEST_CASE("the pieces in which bytes come make no difference, any flipped bit does") {
    std::string bytes;
    for (int i = 0; i < 200; ++i) bytes += static_cast<char>(i * 37);
    const auto whole = hash64(bytes);
    for (std::size_t first = 0; first <= bytes.size(); ++first)
        for (const std::size_t second : {std::size_t{0}, std::size_t{5}, std::size_t{31}, std::size_t{64}}) {
            const std::string_view text = bytes;
            hasher h;
            h.add(text.substr(0, first));
            h.add(text.substr(first, second));
            h.add(text.substr(std::min(text.size(), first + second)));
            CHECK(h.value() == whole);
        }
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        CHECK(hash64(flipped) != whole);
    }
}
