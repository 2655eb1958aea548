#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

tokenizer characters_of(std::string_view text) {
    character_trainer trainer;
    trainer.add(text);
    return trainer.train();
}

tokenizer words_of(std::string_view text) {
    word_trainer trainer;
    trainer.add(text);
    return trainer.train();
}

tokenizer pairs_of(std::string_view text) {
    bpe_trainer trainer;
    trainer.vocab_size = 270;
    trainer.add(text);
    return trainer.train();
}

std::string problem(const std::string& json) {
    return test::message([&] { tokenizer_from_json(json, "tokenizer.json"); });
}

// The tokenizer.json of the characters a, b, c with one part of it replaced.
std::string changed(const std::string& part, const std::string& by) {
    auto json = tokenizer_json(characters_of("abc"));
    const auto at = json.find(part);
    REQUIRE(at != std::string::npos);
    return json.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("every kind of tokenizer comes back from its file") {
    for (tokenizer t : {tokenizer(), characters_of("héllo \"\\\n\t\x01 😀"), words_of("The fox\n\n\"ran\" \\ to\tthe \x02 den."),
                        pairs_of("the fox and the \"dog\" and the den \xff\xff \xff\xff\n\n\n\n")}) {
        for (int specials = 0; specials < 3; ++specials) {
            test::temporary_folder folder;
            save_tokenizer(t, folder.path());
            const tokenizer back = load_tokenizer(folder.path());
            CHECK(back.name() == t.name());
            CHECK(back.hash() == t.hash());
            CHECK(back.specials().size() == t.specials().size());
            CHECK(tokenizer_json(back) == tokenizer_json(t));
            t.add_special("<|special " + std::to_string(specials) + "|>");
        }
    }
}

TEST_CASE("a folder may hold any of the published kinds of files") {
    const tokenizer t = pairs_of("the fox and the dog and the den");
    const auto files = to_vocab_and_merges(t);
    for (const auto& [vocab, merges] : {std::pair("vocab.json", "merges.txt"), std::pair("encoder.json", "vocab.bpe")}) {
        test::temporary_folder folder;
        write_file(folder / vocab, files.vocab);
        write_file(folder / merges, files.merges);
        CHECK(load_tokenizer(folder.path()).hash() == t.hash());
        CHECK(load_tokenizer_file(folder / merges).hash() == t.hash());
        write_file(folder / "own.tiktoken", to_tiktoken(t));
        CHECK(load_tokenizer_file(folder / "own.tiktoken").pieces() == t.pieces());
    }
}

TEST_CASE("a folder without a tokenizer says so") {
    test::temporary_folder folder;
    CHECK(test::has(test::message([&] { load_tokenizer(folder.path()); }), "found no tokenizer, wanted tokenizer.json, or vocab.json"));
}

TEST_CASE("a vocabulary that makes no sense is refused with its line") {
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 0")), "line 14"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 0")), "found id 0 again, of piece 'b', wanted every id once"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": -1")), "found the id -1 of 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 4000000000")), "found id 4000000000 of piece 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 7")), "found no piece with id 1, but one with id 7"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"a\": 1")), "found piece 'a' again"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"\": 1")), "found a piece without text"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"bc\": 1")), "found the piece 'bc' of more than one character"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 1.0")), "found '1.0' as the id of 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": \"1\"")), "found '1' as the id of 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": true")), "found 'true' as the id of 'b'"));
    CHECK(problem(changed("\"b\": 1", "\"b\": null")) != "no error");
    CHECK(problem(changed("\"b\": 1", "\"b\": {}")) != "no error");
    CHECK(problem(changed("\"b\": 1", "\"b\": [1]")) != "no error");
    CHECK(test::has(problem(changed("\"merges\": []", "\"merges\": [\"a b\"]")), "wanted 'a' in the vocabulary"));
}

TEST_CASE("merges that make no sense are refused with their line") {
    const auto json = tokenizer_json(pairs_of("the fox and the dog and the den"));
    const std::string first = "[\"h\", \"e\"]";
    REQUIRE(json.find(first) != std::string::npos);
    const auto with = [&](const std::string& by) { return problem(std::string(json).replace(json.find(first), first.size(), by)); };
    CHECK(with("\"h e\"") == "no error");                      // as older files write it
    CHECK(test::has(with("[\"h\"]"), "found a merge of 1 pieces"));
    CHECK(test::has(with("[\"h\", \"e\", \"e\"]"), "found a merge of 3 pieces"));
    CHECK(test::has(with("\"he\""), "found the merge 'he' without a space"));
    CHECK(test::has(with("\"h qq\""), "wanted 'qq' in the vocabulary"));
    CHECK(test::has(with("\"h q\""), "wanted 'hq' in the vocabulary"));
    CHECK(test::has(with("\"h \\u0000\""), "outside GPT-2's byte alphabet"));
    CHECK(test::has(with(first + ", " + first), "found the merge of 'h' and 'e' again"));
    CHECK(test::has(with(first + ", " + first), "tokenizer.json, line"));
}

TEST_CASE("what would make other ids is refused") {
    CHECK(test::has(problem(changed("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}")), "found 'normalizer.type': 'NFC'"));
    CHECK(test::has(problem(changed("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Whitespace\"}")), "'Whitespace'"));
    CHECK(test::has(problem(changed("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"ByteLevel\"}")), "add_prefix_space"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"Unigram\"")), "'Unigram'"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"BPE\", \"dropout\": 0.1")), "found 'model.dropout': '0.1', wanted null"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"BPE\", \"byte_fallback\": true")), "found 'model.byte_fallback': true, wanted false"));
    auto words = tokenizer_json(words_of("a b"));
    words.replace(words.find("|\\\\s+"), 5, "|\\\\S+");
    CHECK(test::has(problem(words), "found words that are cut in another way"));
}

TEST_CASE("special tokens are pieces that no merge gives, or stand behind the pieces, each once") {
    const auto added = [](const std::string& tokens) { return problem(changed("\"added_tokens\": []", "\"added_tokens\": [" + tokens + "]")); };
    CHECK(added(R"({"id": 3, "content": "<s>"}, {"id": 4, "content": "</s>"})") == "no error");
    CHECK(added(R"({"id": 4, "content": "</s>"}, {"id": 3, "content": "<s>"})") == "no error");
    CHECK(test::has(added(R"({"id": 4, "content": "<s>"})"), "found the added token '<s>' with id 4"));
    CHECK(test::has(added(R"({"id": 0, "content": "<s>"})"), "with id 0"));
    CHECK(test::has(added(R"({"id": 3, "content": "<s>"}, {"id": 4, "content": "<s>"})"), "with id 4"));
    CHECK(test::has(added(R"({"id": 3})"), "found an added token without content or id"));
    CHECK(test::has(added(R"({"content": "<s>"})"), "found an added token without content or id"));
    CHECK(test::has(added(R"({"id": -1, "content": "<s>"})"), "found an added token without content or id"));
    CHECK(test::has(added(R"({"id": 99999999999, "content": "<s>"})"), "found an added token without content or id"));

    tokenizer t = pairs_of("the fox and the dog and the den");   // as Hugging Face writes them: among the pieces
    auto json = tokenizer_json(t);
    const std::string last = "\": " + std::to_string(t.vocab_size() - 1);
    json.insert(json.find(last) + last.size(), ",\n      \"<s>\": " + std::to_string(t.vocab_size()));
    const std::string none = "\"added_tokens\": []";
    json.replace(json.find(none), none.size(), "\"added_tokens\": [{\"id\": " + std::to_string(t.vocab_size()) + ", \"content\": \"<s>\"}]");
    const tokenizer inside = tokenizer_from_json(json, "j");
    t.add_special("<s>");
    CHECK(inside.hash() == t.hash());
    CHECK(inside.special("<s>") == t.special("<s>"));
    CHECK(inside.encode("a<s>") == t.encode("a<s>"));
    CHECK(tokenizer_from_json(tokenizer_json(inside), "j").hash() == t.hash());
}

TEST_CASE("no file cut short, and none with a byte changed, does harm") {
    tokenizer t = words_of("The fox\n\"ran\".");
    t.add_special("<|endoftext|>");
    const auto json = tokenizer_json(t);
    for (std::size_t length = 0; length + 2 < json.size(); ++length) REQUIRE(problem(json.substr(0, length)) != "no error");
    for (std::size_t at = 0; at < json.size(); ++at) {
        for (const char byte : {'\0', '"', '{', '9', '\xff'}) {
            auto bad = json;
            bad[at] = byte;
            try {
                const auto back = tokenizer_from_json(bad, "tokenizer.json");
                back.decode(back.encode("The fox"));
            } catch (const error&) {
            }
        }
    }
}
