#include <stepgpt/token/tokenizer.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {
tokenizer characters_of(std::string_view text) {
    character_trainer trainer;
    trainer.add(text);
    return trainer.train();
}
}  // namespace

TEST_CASE("characters are numbered in the order of their code points") {
    const tokenizer t = characters_of("héllo, 中\n");
    CHECK(t.name() == "character");
    CHECK(t.vocab_size() == 8);
    CHECK(t.encode("\n ,hloé中") == std::vector<token>{0, 1, 2, 3, 4, 5, 6, 7});
    CHECK(t.show(0) == "\\n");
    CHECK(t.show(7) == "中");
}

TEST_CASE("texts come in parts; what they hold comes back") {
    character_trainer trainer;
    trainer.add("First Citizen:\n");
    trainer.add("¡Vámonos! 😀");
    const tokenizer t = trainer.train();
    CHECK(t.decode(t.encode("¡Citizen! 😀\n")) == "¡Citizen! 😀\n");
}

TEST_CASE("an unknown character is named, with its place") {
    const tokenizer t = characters_of("abc ");
    CHECK(test::has(test::message([&] { t.encode("abc é"); }), "byte 4: found U+00E9 'é', wanted one of the 4 characters"));
    CHECK(test::has(test::message([&] { t.encode("ab\xff"); }), "byte 2: found bytes that are no UTF-8"));
}

TEST_CASE("a text that is no UTF-8 has no characters") {
    character_trainer trainer;
    trainer.add("ab");
    CHECK(test::has(test::message([&] { trainer.add("c\xc3("); }), "byte 3: found bytes that are no UTF-8"));
}

TEST_CASE("tinyshakespeare has nanoGPT's 65 characters") {
    const auto path = test::shared_data("tinyshakespeare.txt");
    if (!path) return;
    const tokenizer t = characters_of(test::read(*path));
    CHECK(t.vocab_size() == 65);
    CHECK(t.encode("\n !") == std::vector<token>{0, 1, 2});
    CHECK(t.encode("hii there") == std::vector<token>{46, 47, 47, 1, 58, 46, 43, 56, 43});   // nanoGPT's ids
}
