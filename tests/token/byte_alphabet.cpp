#include <stepgpt/token/byte_alphabet.hpp>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("printable bytes stand for themselves, a space is G with a dot") {
    CHECK(to_byte_alphabet("az~!") == "az~!");
    CHECK(to_byte_alphabet(" the\n") == "\u0120the\u010a");
    CHECK(to_byte_alphabet("\xA1\xAC\xAD\xAE\xFF") == "\u00a1\u00ac\u0143\u00ae\u00ff");
}

TEST_CASE("all bytes come back; other characters stand for none") {
    std::string all, back;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    REQUIRE(from_byte_alphabet(to_byte_alphabet(all), back));
    CHECK(back == all);
    CHECK_FALSE(from_byte_alphabet(" ", back));
    CHECK_FALSE(from_byte_alphabet("\u0144", back));
    CHECK_FALSE(from_byte_alphabet("\xff", back));
}

TEST_CASE("GPT-2 numbers the bytes from ! to ~, from U+00A1 to U+00FF, then the rest") {
    CHECK(gpt2_alphabet.order[0] == '!');
    CHECK(gpt2_alphabet.order[93] == '~');
    CHECK(gpt2_alphabet.order[94] == 0xA1);
    CHECK(gpt2_alphabet.order[187] == 0xFF);
    CHECK(gpt2_alphabet.order[188] == 0);
    CHECK(gpt2_alphabet.order[220] == ' ');
    CHECK(gpt2_alphabet.order[255] == 0xAD);
}
