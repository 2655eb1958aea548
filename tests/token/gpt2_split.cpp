#include <stepgpt/token/gpt2_split.hpp>

#include <cstdlib>

#include "support.hpp"

#ifdef STEPGPT_HAS_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

using namespace stepgpt;

namespace {

using strings = std::vector<std::string>;

strings pieces(std::string_view text) {
    const gpt2_split split;
    strings all;
    for (; !text.empty(); text.remove_prefix(all.back().size())) all.emplace_back(text.substr(0, split.first(text)));
    return all;
}

}  // namespace

TEST_CASE("words take one space along; contractions, numbers and symbols stand alone") {
    CHECK(pieces("I'll take  2 dogs!") == strings{"I", "'ll", " take", " ", " 2", " dogs", "!"});
    CHECK(pieces("you've we'd it's don't I'm they're") ==
          strings{"you", "'ve", " we", "'d", " it", "'s", " don", "'t", " I", "'m", " they", "'re"});
    CHECK(pieces("'sound 'Re '") == strings{"'s", "ound", " '", "Re", " '"});   // only lower case, only at once
    CHECK(pieces("abc123...") == strings{"abc", "123", "..."});
    CHECK(pieces("x!'s") == strings{"x", "!'", "s"});
}

TEST_CASE("white space leaves its last character to what follows") {
    CHECK(pieces("a\n\n\nb") == strings{"a", "\n\n", "\n", "b"});
    CHECK(pieces("a \n b") == strings{"a", " \n", " b"});
    CHECK(pieces("a   ") == strings{"a", "   "});
    CHECK(pieces("\n") == strings{"\n"});
    CHECK(pieces(" ") == strings{" "});
    CHECK(pieces("a\u3000\u3000b") == strings{"a", "\u3000", "\u3000", "b"});
}

TEST_CASE("classes are Unicode's") {
    CHECK(pieces("été Ⅻ½ ٣") == strings{"été", " Ⅻ½", " ٣"});
    CHECK(pieces("e\u0301a") == strings{"e", "\u0301", "a"});   // a mark is no letter
    CHECK(pieces("a\xff\xffz") == strings{"a", "\xff\xff", "z"});
}

TEST_CASE("the pieces of any text make up the text, and long runs take no longer than they should") {
    for (std::uint32_t n = 0; n < 3000; ++n) {
        const auto text = test::random_text(n, 20, test::difficult_parts());
        std::string joined;
        for (const auto& piece : pieces(text)) joined += piece;
        REQUIRE(joined == text);
    }
    for (const std::string part : {" ", "a", "\n", "1", "!", "'", "'s", " a", "\u00a0", "\xff"}) {
        std::string text;
        for (int i = 0; i < 10000; ++i) text += part;
        std::string joined;
        for (const auto& piece : pieces(text + "x")) joined += piece;
        REQUIRE(joined == text + "x");
    }
}

#ifdef STEPGPT_HAS_PCRE2
TEST_CASE("PCRE2 cuts the same pieces with GPT-2's pattern") {
    int problem;
    PCRE2_SIZE at;
    pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(gpt2_pattern.data()), gpt2_pattern.size(),
                                           PCRE2_UTF | PCRE2_UCP, &problem, &at, nullptr);
    REQUIRE(code);
    pcre2_match_data* const data = pcre2_match_data_create(1, nullptr);
    std::size_t compared = 0;
    for (std::uint32_t n = 0; n < 20000; ++n) {
        const auto text = test::random_text(n, 12, test::difficult_parts());
        if (!is_utf8(text)) continue;
        std::size_t begin = 0;
        for (const auto& piece : pieces(text)) {
            const int groups = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), begin, 0, data, nullptr);
            REQUIRE(groups > 0);
            const PCRE2_SIZE* const match = pcre2_get_ovector_pointer(data);
            REQUIRE_MESSAGE(text.substr(begin, match[1] - begin) == piece, text);
            begin = match[1];
            ++compared;
        }
    }
    CHECK(compared > 20000);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
}
#endif
