#include <stepgpt/token/bpe.hpp>
#include <stepgpt/token/text_blocks.hpp>
#include <stepgpt/token/word.hpp>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("a text is cut before white space that follows something else") {
    CHECK(is_cut("a b", 1));
    CHECK(is_cut("中\nb", 3));
    CHECK(is_cut("\xff b", 1));
    CHECK_FALSE(is_cut("a b", 2));
    CHECK_FALSE(is_cut("a  b", 2));
    CHECK_FALSE(is_cut("\u3000 b", 3));
    CHECK(next_cut("the fox", 0) == 3);
    CHECK(next_cut("the fox", 4) == 7);
    CHECK(last_cut("a fox ran") == 5);
    CHECK(last_cut("a fox ran", 6) == 0);
    CHECK(last_cut("fox") == 0);
    CHECK(last_cut("") == 0);
}

TEST_CASE("no piece of any split goes across a cut") {
    const gpt2_split split;
    for (std::uint32_t n = 0; n < 5000; ++n) {
        const auto text = test::random_text(n, 15, test::difficult_parts());
        std::vector<bool> gpt2_boundary(text.size() + 1), word_boundary(text.size() + 1);
        for (std::size_t at = 0; at < text.size(); at += split.first(std::string_view(text).substr(at))) gpt2_boundary[at] = true;
        for (std::size_t at = 0; at < text.size(); at += first_word(std::string_view(text).substr(at))) word_boundary[at] = true;
        for (std::size_t at = 1; at < text.size(); ++at) {
            if (!is_cut(text, at)) continue;
            REQUIRE(gpt2_boundary[at]);
            REQUIRE(word_boundary[at]);
        }
    }
}

TEST_CASE("blocks make up the text") {
    std::string text;
    for (int i = 0; i < 40000; ++i) text += "the fox ";
    for (const std::size_t count : {1, 2, 3, 4, 100}) {
        const auto blocks = text_blocks(text, count);
        CHECK(blocks.size() == std::min<std::size_t>(count, text.size() >> 16));
        std::string joined;
        for (const auto block : blocks) joined += block;
        CHECK(joined == text);
    }
    CHECK(text_blocks("", 4).size() == 1);
    CHECK(text_blocks(std::string(1 << 20, 'a'), 4).size() == 1);
}
