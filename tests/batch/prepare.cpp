#include <doctest/doctest.h>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/batch/prepare.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "../report/well_formed.hpp"
#include "../support.hpp"

using namespace stepgpt;

static std::string words(int from, int count) {
    std::string text;
    for (int i = from; i < from + count; ++i) text += "word" + std::to_string(i % 9973) + (i % 11 == 0 ? ". " : " ");
    return text;
}

static std::string decoded(const data_folder& data, const token_shards& ids) {
    std::vector<token> all(ids.size());
    ids.copy(0, all);
    return data.text.decode(all);
}

TEST_CASE("prepare: one text, by characters, its tail for validation") {
    const test::temporary_folder folder;
    const std::string text = words(0, 1000);
    test::write(folder / "a.txt", text);
    const prepared done = prepare({.corpus = {.inputs = {folder / "a.txt"}}, .out = folder / "data"});
    CHECK(done.split == "tail");
    const data_folder data(folder / "data");
    CHECK(decoded(data, data.train) + decoded(data, data.val) == text);          // no byte lost, no separator
    CHECK(data.train.size() == static_cast<std::size_t>(static_cast<double>(text.size()) * 0.9));
    CHECK(data.text.specials().empty());
    CHECK(done.train.tokens == data.train.size());
    CHECK(done.train.bytes_per_token() == 1.0);
    CHECK(std::filesystem::exists(folder / "data" / "prepare.html"));
}

TEST_CASE("prepare: many documents are drawn for validation, with a separator between them") {
    const test::temporary_folder folder;
    std::filesystem::create_directories(folder / "in");
    for (int i = 0; i < 50; ++i) test::write(folder / ("in/" + std::to_string(i) + ".txt"), words(i * 101, 40 + i));
    for (const char* const kind : {"char", "byte", "word", "bpe"}) {
        CAPTURE(kind);
        const prepared done =
            prepare({.corpus = {.inputs = {folder / "in"}},
                     .out = folder / "data",
                     .tokenizer = {.kind = kind, .vocab_size = kind == std::string("bpe") ? 300u : 0u},
                     .val_fraction = 0.2});
        CHECK(done.split == "document");
        CHECK(done.train.documents + done.val.documents == 50);
        CHECK(done.val.documents > 5);
        const data_folder data(folder / "data");                                 // the older one has been replaced
        const std::string train = decoded(data, data.train);
        CHECK(detail::count_of(train, document_separator) == done.train.documents - 1);
        const json about = json::parse(data.about);
        CHECK(about["train"]["tokens"] == data.train.size());
        CHECK(about["sources"].size() == 50);
    }
}

TEST_CASE("prepare: a long text in pieces is encoded as one, and cut at the same character") {
    const test::temporary_folder folder;
    const std::string text = words(0, 5000) + "\u00e9\u4e2d" + words(0, 300);
    test::write(folder / "long.txt", text);
    corpus_options whole{.inputs = {folder / "long.txt"}}, pieces = whole;
    pieces.reading.piece_bytes = 3000;
    switch_rules(pieces.rules, "near_duplicates", false);                        // its pieces are alike
    switch_rules(pieces.rules, "duplicates", false);
    const tokenizer_options pairs{.kind = "bpe", .vocab_size = 400};
    const prepared a = prepare({.corpus = whole, .out = folder / "a", .tokenizer = pairs});
    const prepared b = prepare({.corpus = pieces, .out = folder / "b", .tokenizer = pairs});
    CHECK(b.report.kept.documents > 5);
    CHECK(a.val.characters == b.val.characters);
    const data_folder first(folder / "a"), second(folder / "b");
    CHECK(decoded(second, second.train) + decoded(second, second.val) == text);
    CHECK(test::read(folder / "a/val.bin") == test::read(folder / "b/val.bin"));
}

TEST_CASE("prepare: shards hold what one file holds") {
    const test::temporary_folder folder;
    test::write(folder / "a.txt", words(0, 1000));
    const corpus_options corpus{.inputs = {folder / "a.txt"}};
    prepare({.corpus = corpus, .out = folder / "whole"});
    prepare({.corpus = corpus, .out = folder / "parts", .shard_tokens = 1000});
    const data_folder whole(folder / "whole"), parts(folder / "parts");
    CHECK(whole.train.files().size() == 1);
    CHECK(parts.train.files().size() > 5);
    CHECK(decoded(parts, parts.train) == decoded(whole, whole.train));
    CHECK(decoded(parts, parts.val) == decoded(whole, whole.val));
    for (const auto* const out : {"whole", "parts"}) {       // shards go where nothing is; nothing goes over shards
        CAPTURE(out);
        const std::uint64_t shard_tokens = out == std::string("whole") ? 1000 : 0;
        CHECK_THROWS_WITH_AS(prepare({.corpus = corpus, .out = folder / out, .shard_tokens = shard_tokens}),
                             doctest::Contains("choose another folder"), error);
    }
}

TEST_CASE("prepare: the same bits on any number of threads") {
    const test::temporary_folder folder;
    std::filesystem::create_directories(folder / "in");
    for (int i = 0; i < 40; ++i) test::write(folder / ("in/" + std::to_string(i)), words(i * 101, 50));
    const int before = thread_count();
    for (const int threads : {1, 3}) {
        set_thread_count(threads);
        prepare({.corpus = {.inputs = {folder / "in"}},
                 .out = folder / ("data" + std::to_string(threads)),
                 .tokenizer = {.kind = "word"}});
    }
    set_thread_count(before);
    for (const char* const file : {"train.bin", "val.bin", "tokenizer.json", "prepare.json"}) {
        CHECK(test::read(folder / "data1" / file) == test::read(folder / "data3" / file));
    }
}

TEST_CASE("prepare: tinyshakespeare is what nanoGPT makes of it") {
    const auto path = test::shared_data("tinyshakespeare.txt");
    if (!path) return;
    const test::temporary_folder folder;
    const prepared done = prepare({.corpus = {.inputs = {*path}}, .out = folder / "data"});
    CHECK(done.tokens.vocab_size() == 65);
    CHECK(done.train.tokens == 1'003'854);
    CHECK(done.val.tokens == 111'540);

    const auto merges = test::shared_data("gpt2/vocab.bpe");
    if (!merges) return;
    const prepared gpt2 = prepare(
        {.corpus = {.inputs = {*path}}, .out = folder / "data", .tokenizer = {.kind = "gpt2", .merges = *merges}});
    CHECK(gpt2.tokens.vocab_size() == 50'257);
    CHECK(gpt2.train.tokens == 301'966);
    CHECK(gpt2.val.tokens == 36'059);
}

TEST_CASE("prepare: prepare.json and the page say what became of every file, and why") {
    const test::temporary_folder folder;
    std::filesystem::create_directories(folder / "in");
    for (int i = 0; i < 30; ++i) test::write(folder / ("in/" + std::to_string(i) + ".txt"), "<b>& more</b> " + words(i * 101, 60));
    test::write(folder / "in/again.txt", "<b>& more</b> " + words(0, 60));
    test::write(folder / "in/broken.json", "[\"one two\", \"thr");
    test::write(folder / "in/empty.txt", "");
    test::write(folder / "in/latin.txt", "caf\xE9 " + words(7000, 60));
    prepare({.corpus = {.inputs = {folder / "in"}}, .out = folder / "data", .tokenizer = {.kind = "word"}});
    const json about = json::parse(test::read(folder / "data" / "prepare.json"));
    const auto source = [&](const std::string& name) {
        for (const json& s : about["sources"])
            if (std::filesystem::path(s["path"].get<std::string>()).filename() == name) return s;
        return json();
    };
    CHECK(source("0.txt")["kind"] == "plain text");
    CHECK(source("0.txt")["kept"]["documents"] == 1);
    CHECK(source("again.txt")["dropped"].size() == 1);                      // an exact duplicate
    CHECK(source("again.txt")["kept"]["documents"] == 0);
    CHECK(source("latin.txt")["encoding"] != source("0.txt")["encoding"]);
    CHECK(source("latin.txt")["notes"].size() >= 1);
    CHECK(source("empty.txt")["kind"] == "not read");
    CHECK(source("empty.txt")["encoding"].is_null());
    CHECK(about.dump().find("broken.json") != std::string::npos);
    CHECK(about["train"]["words"] > 1000);
    CHECK(about["train"]["bytes_per_token"] > 1);

    const std::string page = test::read(folder / "data" / "prepare.html");
    const std::size_t body = page.find("<h1"), end = page.find("</html>");
    REQUIRE(end != std::string::npos);
    CHECK(test::xml_fault("<div>" + page.substr(body, end - body) + "</div>") == "");
    for (const std::string part : {"What went, and why", "equal to", "Sources", "empty.txt", "not read", "Before and after",
                             "&lt;b&gt;&amp; more", "The longest tokens of train", "What could not be read", "broken.json"}) {
        CAPTURE(part);
        CHECK(test::has(page, part));
    }
    for (const std::string outside : {"src=", "href=", "@import", "<link", "url("}) CHECK_FALSE(test::has(page, outside));
}

TEST_CASE("prepare: what cannot become a data folder is said before any harm") {
    const test::temporary_folder folder;
    test::write(folder / "a.txt", words(0, 100));
    const corpus_options corpus{.inputs = {folder / "a.txt"}};
    const auto refuses = [&](const prepare_options& options, const std::string& why) {
        CHECK_THROWS_WITH_AS(prepare(options), doctest::Contains(why.c_str()), error);
    };
    const auto out = folder / "data";
    refuses({.corpus = corpus, .out = {}}, "--out");
    refuses({.corpus = corpus, .out = folder / "a.txt"}, "a file");
    refuses({.corpus = corpus, .out = folder.path()}, "a.txt': found a file that prepare would not replace");
    refuses({.corpus = corpus, .out = out, .tokenizer = {.kind = "bpee"}}, "did you mean 'bpe'?");
    refuses({.corpus = corpus, .out = out, .tokenizer = {.kind = "gpt2"}}, "no --merges FILE");
    refuses({.corpus = corpus, .out = out, .tokenizer = {.kind = "char", .merges = "x"}}, "--merges");
    refuses({.corpus = corpus, .out = out, .tokenizer = {.kind = "char", .vocab_size = 10}}, "--vocab-size");
    refuses({.corpus = corpus, .out = out, .tokenizer = {.kind = "bpe", .vocab_size = 10}}, "257 or more");
    refuses({.corpus = corpus, .out = out, .val_fraction = 1.5}, "between 0 and 1");
    refuses({.corpus = corpus, .out = out, .split = "middle"}, "tail or document");
    refuses({.corpus = corpus, .out = out, .split = "document"}, "--split tail");
    refuses({.corpus = {.inputs = {folder / "none"}}, .out = out}, "No such file");
    CHECK_FALSE(std::filesystem::exists(out));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);       // nothing left behind
}
