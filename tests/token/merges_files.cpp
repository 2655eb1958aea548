#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

tokenizer trained() {
    bpe_trainer trainer;
    trainer.vocab_size = 280;
    trainer.add("the fox and the dog and the fox's den \xff\xff \xff\xff é é\n\n\n the the");
    tokenizer t = trainer.train();
    return t;
}

std::string both(const std::string& vocab, const std::string& merges) {
    return test::message([&] { tokenizer_from_vocab_and_merges(vocab, "vocab.json", merges, "merges.txt"); });
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("vocab.json and merges.txt bring a tokenizer back") {
    tokenizer t = trained();
    for (int specials = 0; specials < 2; ++specials) {
        const auto files = to_vocab_and_merges(t);
        const tokenizer back = tokenizer_from_vocab_and_merges(files.vocab, "v", files.merges, "m");
        CHECK(back.hash() == t.hash());
        CHECK(back.specials().size() == t.specials().size());
        t.add_special("<|endoftext|>");
    }
    CHECK(tokenizer_from_merges(to_vocab_and_merges(trained()).merges, "m").hash() == trained().hash());
    CHECK(test::has(test::message([] { to_vocab_and_merges(tokenizer()); }), "found a byte tokenizer, wanted a byte-pair"));
}

TEST_CASE("lines may end as Windows ends them, and the version may be missing") {
    const auto files = to_vocab_and_merges(trained());
    std::string windows;
    for (const char byte : files.merges) windows += byte == '\n' ? "\r\n" : std::string(1, byte);
    CHECK(tokenizer_from_merges(windows, "m").hash() == trained().hash());
    CHECK(tokenizer_from_merges(replaced(files.merges, "#version: 0.2\n", ""), "m").hash() == trained().hash());
    CHECK(tokenizer_from_merges(files.merges.substr(0, files.merges.size() - 1), "m").hash() == trained().hash());
}

TEST_CASE("GPT-2's own files are read and written byte for byte") {
    const auto merges = test::shared_data("gpt2/vocab.bpe");
    if (!merges) return;
    const tokenizer t = load_tokenizer(merges->parent_path());
    CHECK(t.vocab_size() == 50257);
    CHECK(t.special("<|endoftext|>") == 50256);
    CHECK(to_vocab_and_merges(t).merges == test::read(*merges));
    CHECK(hash_text(hash64(to_tiktoken(t))) == hash_text(hash64(to_tiktoken(tokenizer_from_tiktoken(to_tiktoken(t), "t")))));
    CHECK(to_tiktoken(t).size() == 835554);   // as OpenAI's r50k_base.tiktoken
    tokenizer by_merges = load_tokenizer_file(*merges);
    by_merges.add_special("<|endoftext|>");
    CHECK(by_merges.hash() == t.hash());
}

TEST_CASE("a wrong vocabulary is refused with its line") {
    const auto files = to_vocab_and_merges(trained());
    CHECK(both(files.vocab, files.merges) == "no error");
    const auto vocab = [&](const std::string& part, const std::string& by) { return both(replaced(files.vocab, part, by), files.merges); };
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 0,"), "vocab.json, line 1, byte"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 0,"), "found id 0 again"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": -1,"), "found the negative number -1"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 1.0,"), "found the number 1.0"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": \"1\","), "found the text \"1\""));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 18446744073709551615,"), "found id 18446744073709551615"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 18446744073709551616,"), "vocab.json"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": 5000,"), "found id 5000"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": {},"), "found an object"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\\\"\": [1],"), "found an array"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"!\": 1,"), "found piece '!' again"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"\": 1,"), "found a piece without text"));
    CHECK(test::has(vocab("\"\\\"\": 1,", "\"nosuchpiece\": 1,"), "found no piece for byte 34"));
    CHECK(both("[1]", files.merges) != "no error");
    CHECK(both("7", files.merges) != "no error");
    CHECK(both("", files.merges) != "no error");
    CHECK(test::has(both("{}", ""), "found no piece for byte 0"));
    for (std::size_t length = 0; length + 2 < files.vocab.size(); length += 7)
        REQUIRE(both(files.vocab.substr(0, length), files.merges) != "no error");
}

TEST_CASE("wrong merges are refused with their line") {
    const auto files = to_vocab_and_merges(trained());
    const auto merges = [&](const std::string& line) { return both(files.vocab, replaced(files.merges, "h e\n", line + "\n")); };
    CHECK(test::has(merges("he"), "merges.txt, line 2: found 'he', wanted two pieces"));
    CHECK(test::has(merges("h e r"), "line 2"));
    CHECK(test::has(merges(" e"), "line 2"));
    CHECK(test::has(merges("h "), "line 2"));
    CHECK(test::has(merges("h\te"), "line 2"));
    CHECK(test::has(merges("h \xff"), "line 2"));
    CHECK(test::has(merges("zz e"), "wanted 'zz' in the vocabulary"));
    CHECK(test::has(merges("h zz"), "wanted 'zz' in the vocabulary"));
    CHECK(test::has(merges("z z"), "wanted 'zz' in the vocabulary"));
    CHECK(test::has(merges("h e\nh e"), "line 3: found the merge of 'h' and 'e' again"));
    CHECK(test::has(both(files.vocab, files.merges.substr(0, files.merges.rfind('\n', files.merges.size() - 2) + 1)),
                    "merges.txt: found no merge that gives"));
    CHECK(test::has(merges(std::string(1000000, 'a')), "line 2"));
    CHECK(test::has(test::message([] { tokenizer_from_merges("a b\nab c\nx abd\n", "m"); }), "m, line 3: found a merge of 'x' and 'abd'"));
}

TEST_CASE(".tiktoken brings the pieces back, and gives tiktoken's ids") {
    const tokenizer t = trained();
    const auto text = to_tiktoken(t);
    CHECK(text.starts_with("IQ== 0\nIg== 1\n"));
    const tokenizer back = tokenizer_from_tiktoken(text, "t");
    CHECK(back.pieces() == t.pieces());
    CHECK(to_tiktoken(back) == text);
    for (std::uint32_t n = 0; n < 500; ++n) {
        const auto sample = test::random_text(n, 20, {"the", " the", " fox", "'s", "é", "\xff", "o", "t", "h"});
        REQUIRE(back.encode(sample) == t.encode(sample));
    }
    CHECK(tokenizer_from_json(tokenizer_json(back), "j").hash() == back.hash());
    CHECK(test::has(test::message([] { to_tiktoken(tokenizer()); }), "found a byte tokenizer"));
}

TEST_CASE("a text that is a piece is that piece, whatever merges would do") {
    // abcd is ab + cd, but the bytes a b c d would merge b and c first.
    std::string text;
    int rank = 0;
    const auto add = [&](std::string_view piece) { text += detail::to_base64(piece) + " " + std::to_string(rank++) + "\n"; };
    for (int byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
    for (const char* piece : {"bc", "ab", "cd", "abcd"}) add(piece);
    const tokenizer t = tokenizer_from_tiktoken(text, "t");
    CHECK(t.encode("abcd") == std::vector<token>{259});
    CHECK(t.encode("abcde") == std::vector<token>{97, 256, 100, 101});
    CHECK(tokenizer_from_json(tokenizer_json(t), "j").encode("abcd") == std::vector<token>{259});
}

TEST_CASE("a wrong .tiktoken is refused with its line") {
    const auto good = to_tiktoken(trained());
    const auto with = [&](const std::string& line) { return test::message([&] { tokenizer_from_tiktoken(replaced(good, "Ig== 1\n", line + "\n"), "t"); }); };
    CHECK(with("Ig== 1") == "no error");
    CHECK(test::has(with("Ig=="), "t, line 2: found 'Ig==', wanted a piece in base 64, a space, a rank"));
    CHECK(test::has(with("Ig= 1"), "line 2: found 'Ig='"));
    CHECK(test::has(with("Ih== 1"), "line 2: found 'Ih=='"));     // bits that stand for nothing
    CHECK(test::has(with("I*== 1"), "line 2"));
    CHECK(test::has(with("==== 1"), "line 2"));
    CHECK(test::has(with(" 1"), "line 2"));
    CHECK(test::has(with("Ig== 2"), "found the rank '2', wanted 1"));
    CHECK(test::has(with("Ig== -1"), "found the rank '-1'"));
    CHECK(test::has(with("Ig== 1 "), "found the rank '1 '"));
    CHECK(test::has(with("Ig== "), "found the rank ''"));
    CHECK(test::has(with("IQ== 1"), "found the piece '!' again"));
    CHECK(test::has(with("enp6 1"), "found the piece 'zzz', wanted one that is two pieces of lower rank"));
    CHECK(test::has(with(std::string(1000000, 'A') + " 1"), "wanted a piece of 1 to 512 bytes"));
    CHECK(test::has(test::message([] { tokenizer_from_tiktoken("", "t"); }), "found no piece for byte 0"));
    for (std::size_t length = 0; length < 256 * 7; ++length)
        REQUIRE(test::message([&] { tokenizer_from_tiktoken(good.substr(0, length), "t"); }) != "no error");
}
