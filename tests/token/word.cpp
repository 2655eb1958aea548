#include <stepgpt/token/tokenizer.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    for (; !text.empty(); text.remove_prefix(all.back().size())) all.emplace_back(text.substr(0, first_word(text)));
    return all;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a word takes the space before it along, a mark stands alone") {
    CHECK(words("The fox ran.") == strings{"The", " fox", " ran", "."});
    CHECK(words("\"Stop!\" said Mia.") == strings{"\"", "Stop", "!", "\"", " said", " Mia", "."});
    CHECK(words("a - b --c") == strings{"a", " -", " b", " -", "-", "c"});
}

TEST_CASE("apostrophes and hyphens join letters, and nothing else") {
    CHECK(words("Mia's well-known dogs' don’t -x") == strings{"Mia's", " well-known", " dogs", "'", " don’t", " -", "x"});
}

TEST_CASE("white space before a word leaves one space to it") {
    CHECK(words("a   b") == strings{"a", "  ", " b"});
    CHECK(words("a\n\nb\n c \n") == strings{"a", "\n\n", "b", "\n", " c", " \n"});
    CHECK(words(" ") == strings{" "});
    CHECK(words("  ") == strings{"  "});
    CHECK(words("a\u00a0b") == strings{"a", "\u00a0", "b"});
}

TEST_CASE("letters, digits and their accents are of every script") {
    CHECK(words("été \u0939\u093f\u0928\u094d\u0926\u0940 12中😀") == strings{"été", " \u0939\u093f\u0928\u094d\u0926\u0940", " 12中", "😀"});
}

TEST_CASE("the words of any text make up the text") {
    for (std::uint32_t n = 0; n < 2000; ++n) {
        const auto text = test::random_text(n, 20, test::difficult_parts());
        std::string joined;
        for (const auto& word : words(text)) {
            REQUIRE_FALSE(word.empty());
            joined += word;
        }
        REQUIRE(joined == text);
    }
}

TEST_CASE("the most frequent words come first, behind <unk>") {
    word_trainer trainer;
    trainer.add("b a b");
    trainer.add(" a c");
    const tokenizer t = trainer.train();   // " a" twice; " b", " c" and "b" once, in the order of their bytes
    CHECK(t.name() == "word");
    CHECK(t.vocab_size() == 5);
    CHECK(t.encode("b a b c") == std::vector<token>{4, 1, 2, 3});
    CHECK(t.encode("b, a") == std::vector<token>{4, 0, 1});
    CHECK(t.decode(t.encode("b, a")) == "b<unk> a");
    CHECK(t.decode(t.encode("b a c")) == "b a c");
}

TEST_CASE("rare words can be left out, and the vocabulary bounded") {
    word_trainer trainer;
    trainer.add("x x x y y z");
    trainer.min_count = 2;
    CHECK(tokenizer(trainer.train()).pieces().size() == 3);   // <unk>, " x", " y"... and "x" came once
    trainer.min_count = 1;
    trainer.vocab_size = 2;
    const tokenizer t = trainer.train();
    CHECK(t.vocab_size() == 2);
    CHECK(t.bytes(1) == " x");
}

TEST_CASE("<unk> in a text is three words and never id 0") {
    word_trainer trainer;
    trainer.add("<unk>");
    const tokenizer t = trainer.train();
    for (const token id : t.encode("<unk>")) CHECK(id != 0);
    CHECK(t.decode(t.encode("<unk>")) == "<unk>");
}

TEST_CASE("a text that is no UTF-8 is refused in training and unknown afterwards") {
    word_trainer trainer;
    trainer.add("ab ");
    CHECK(test::has(test::message([&] { trainer.add("c\xc3("); }), "byte 4: found bytes that are no UTF-8"));
    const tokenizer t = trainer.train();
    CHECK(t.encode("ab\xff") == std::vector<token>{t.encode("ab")[0], 0});
}
