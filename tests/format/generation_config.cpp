#include <stepgpt/format/generation_config.hpp>

#include <stepgpt/core/file.hpp>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("the token that ends a text is the model's own, else the tokenizer's") {
    test::temporary_folder folder;
    tokenizer tokens = byte_tokenizer();
    CHECK(!end_of_text(folder.path(), tokens));
    const token special = tokens.add_special("<|endoftext|>");
    CHECK(end_of_text(folder.path(), tokens) == special);
    const auto says = [&](const std::string& text) {
        test::write(folder / "generation_config.json", text);
        return end_of_text(folder.path(), tokens);
    };
    CHECK(says(R"({"do_sample": true, "eos_token_id": 10})") == 10);
    CHECK(says(R"({"eos_token_id": [11, 12]})") == 11);
    CHECK(says(R"({"eos_token_id": 50256})") == special);           // GPT-2's, in a small model's folder
    CHECK(says(R"({"eos_token_id": null})") == special);
    CHECK_THROWS_WITH_AS(says(R"({"eos_token_id": -1})"), doctest::Contains("'eos_token_id': found -1, wanted the id of a token"), error);
    CHECK_THROWS_AS(says("[]"), error);
}
