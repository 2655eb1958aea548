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

TEST_CASE("a tokenizer is a value") {
    tokenizer a = characters_of("abc");
    const tokenizer b = a;
    a.add_special("<|endoftext|>");
    CHECK(a.vocab_size() == 4);
    CHECK(b.vocab_size() == 3);
    CHECK(a.hash() != b.hash());
    a = b;
    CHECK(a.hash() == b.hash());
}

TEST_CASE("the hash tells tokenizers apart that give other ids") {
    CHECK(characters_of("abc").hash() == characters_of("cba").hash());
    CHECK(characters_of("abc").hash() != characters_of("abd").hash());
    CHECK(tokenizer().hash() != characters_of("abc").hash());
    tokenizer special = characters_of("abc"), plain = characters_of("abcd");
    special.add_special("d");
    CHECK(special.hash() != plain.hash());
}

TEST_CASE("text never becomes a special id unless it is asked for") {
    tokenizer t = byte_tokenizer();
    CHECK(t.add_special("<|endoftext|>") == 256);
    CHECK(t.add_special("<|end|>") == 257);
    CHECK(t.add_special("<|endoftext|>") == 256);
    CHECK(t.vocab_size() == 258);
    CHECK(t.special("<|end|>") == 257);
    CHECK_FALSE(t.special("<|start|>"));

    CHECK(t.encode("<|endoftext|>").size() == 13);
    CHECK(t.encode_special("a<|endoftext|><|end|>b") == std::vector<token>{97, 256, 257, 98});
    CHECK(t.encode_special("<|end") == t.encode("<|end"));
    CHECK(t.decode(std::vector<token>{97, 256}) == "a<|endoftext|>");
}

TEST_CASE("of two special tokens that match, the longer one counts") {
    tokenizer t = byte_tokenizer();
    t.add_special("<s>");
    t.add_special("<s><s>");
    CHECK(t.encode_special("<s><s><s>") == std::vector<token>{257, 256});
}

TEST_CASE("an id outside the vocabulary has no text") {
    const tokenizer t = characters_of("abc");
    CHECK(test::has(test::message([&] { t.decode(std::vector<token>{0, 3}); }), "found token id 3, wanted an id from 0 to 2"));
    CHECK(test::has(test::message([&] { t.bytes(-1); }), "found token id -1"));
}

TEST_CASE("show makes any piece printable") {
    const tokenizer t = byte_tokenizer();
    CHECK(t.show(97) == "a");
    CHECK(t.show(10) == "\\n");
    CHECK(t.show(0x1b) == "\\x1b");
    CHECK(t.show(0xC3) == "\\xc3");
}

TEST_CASE("a stream of ids is decoded a whole character at a time") {
    const tokenizer t = byte_tokenizer();
    stream_decoder out(t);
    std::vector<std::string> parts;
    for (const token id : t.encode("a€b")) parts.push_back(out.push(id));
    CHECK(parts == std::vector<std::string>{"a", "", "", "€", "b"});
    CHECK(out.finish().empty());
    CHECK(out.push(0xE2).empty());
    CHECK(out.finish() == "\xE2");
    CHECK(out.finish().empty());
}

TEST_CASE("the parts of a stream make up the whole") {
    const tokenizer t = byte_tokenizer();
    for (std::uint32_t n = 0; n < 1000; ++n) {
        const auto text = test::random_text(n, 20, test::difficult_parts());
        stream_decoder out(t);
        std::string joined;
        for (const token id : t.encode(text)) joined += out.push(id);
        REQUIRE(joined + out.finish() == text);
    }
}
