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
    for (tokenizer t : {tokenizer(), characters_of("héllo \"\\\n\t\x01 😀"), words_of("The fox\n\n\"ran\" \\ to\tthe \x02 den.")}) {
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

TEST_CASE("a folder without a tokenizer says so") {
    test::temporary_folder folder;
    CHECK(test::has(test::message([&] { load_tokenizer(folder.path()); }), "found no tokenizer, wanted tokenizer.json"));
}

TEST_CASE("a vocabulary that makes no sense is refused with its line") {
    CHECK(problem(changed("\"b\": 1", "\"b\": 2")) != "no error");
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 0")), "line 14"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 0")), "found id 0 again, of piece 'b', wanted every id once"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": -1")), "found id -1 of piece 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 4000000000")), "found id 4000000000 of piece 'b'"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 7")), "found no piece with id 1, but one with id 7"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"a\": 1")), "found the piece 'a' again"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"\": 1")), "found the piece ''"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"bc\": 1")), "found the piece 'bc' of more than one character"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": 1.0")), "wanted a whole number"));
    CHECK(test::has(problem(changed("\"b\": 1", "\"b\": \"1\"")), "wanted a whole number"));
}

TEST_CASE("what would make other ids is refused") {
    CHECK(test::has(problem(changed("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}")), "found a normalizer"));
    CHECK(test::has(problem(changed("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Whitespace\"}")), "'Whitespace'"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"Unigram\"")), "'Unigram'"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"BPE\", \"dropout\": 0.1")), "found a value for 'dropout', wanted null"));
    CHECK(test::has(problem(changed("\"BPE\"", "\"BPE\", \"byte_fallback\": true")), "found 'byte_fallback': true, wanted false"));
    auto words = tokenizer_json(words_of("a b"));
    words.replace(words.find("|\\\\s+"), 5, "|\\\\S+");
    CHECK(test::has(problem(words), "found words that are cut in another way"));
}

TEST_CASE("special tokens stand behind the vocabulary, each once") {
    const auto added = [](const std::string& tokens) { return problem(changed("\"added_tokens\": []", "\"added_tokens\": [" + tokens + "]")); };
    CHECK(added(R"({"id": 3, "content": "<s>"}, {"id": 4, "content": "</s>"})") == "no error");
    CHECK(added(R"({"id": 4, "content": "</s>"}, {"id": 3, "content": "<s>"})") == "no error");
    CHECK(test::has(added(R"({"id": 4, "content": "<s>"})"), "'<s>': found id 4, wanted the id 3"));
    CHECK(test::has(added(R"({"id": 0, "content": "<s>"})"), "found id 0"));
    CHECK(test::has(added(R"({"id": 3, "content": "<s>"}, {"id": 4, "content": "<s>"})"), "found id 4"));
    CHECK(test::has(added(R"({"id": 3})"), "without text"));
    CHECK(test::has(added(R"({"content": "<s>"})"), "no usable \"id\""));
    CHECK(test::has(added(R"({"id": 99999999999, "content": "<s>"})"), "no usable \"id\""));
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
