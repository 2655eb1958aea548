#include <doctest/doctest.h>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/text/corpus.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "../support.hpp"

using namespace stepgpt;

static std::string words(int from, int count) {
    std::string text;
    for (int i = from; i < from + count; ++i) text += "word" + std::to_string(i) + " ";
    return text;
}

static std::vector<std::string> texts(corpus& c) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < c.documents.size(); ++i) all.push_back(c.documents[i].text);
    return all;
}

static const rule_report& report_of(const corpus& c, const std::string& name) {
    return c.report.rules[find_rule(c.options.rules, name)];
}

TEST_CASE("corpus: a folder becomes clean documents, each there once") {
    const test::temporary_folder folder;
    test::write(folder / "a.txt", "First\r\ntext " + words(0, 30));
    test::write(folder / "b.txt", "First\ntext " + words(0, 30));                   // the same, once line ends are
    test::write(folder / "c.txt", "First\ntext " + words(0, 29) + "changed");       // nearly
    test::write(folder / "d.txt", "Another text " + words(100, 30));
    test::write(folder / "e.jsonl",
                "{\"text\":\"short one here\"}\n{\"text\":\n{\"text\":\"" + words(200, 9) + "\"}\n");
    test::write(folder / "f.png", "\x89PNG\r\n");
    test::write(folder / "g.txt", "\u00ad\u200b\n");

    corpus c({.inputs = {folder.path()}}, folder.path());
    CHECK(texts(c) == std::vector<std::string>{"First\ntext " + words(0, 30), "Another text " + words(100, 30),
                                               "short one here", words(200, 9)});
    CHECK(c.report.files == 7);
    CHECK(c.report.files_without_text == 1);
    CHECK(c.report.failures == 1);
    CHECK(c.report.messages[0].find("e.jsonl:2") != std::string::npos);
    CHECK(c.report.read.documents == 7);
    CHECK(c.report.kept.documents == 4);

    CHECK(report_of(c, "newlines").documents.documents == 1);
    CHECK(report_of(c, "newlines").examples[0].before.starts_with("First\r\ntext"));
    CHECK(report_of(c, "duplicates").documents.documents == 1);
    CHECK(report_of(c, "duplicates").examples[0].after == "equal to " + (folder / "a.txt").string());
    CHECK(report_of(c, "near_duplicates").documents.documents == 1);
    CHECK(report_of(c, "empty").documents.documents == 1);
    CHECK(c.report.sources[1].dropped.at(find_rule(c.options.rules, "duplicates")).documents == 1);
    CHECK(c.report.sources[4].kept.documents == 2);
    CHECK(c.report.samples.size() == 2);                                            // plain text, JSON Lines
}

TEST_CASE("corpus: where duplicates may stay, it is known of whom they are") {
    const test::temporary_folder folder;
    for (const char* const name : {"a", "b", "c"}) test::write(folder / name, words(0, 40));
    test::write(folder / "d", words(0, 40) + "more");
    test::write(folder / "e", words(50, 40));
    corpus_options options{.inputs = {folder.path()}};
    switch_rules(options.rules, "duplicates", false);
    switch_rules(options.rules, "near_duplicates", false);
    const corpus c(options, folder.path());
    REQUIRE(c.units.size() == 5);
    for (const std::size_t i : {0, 1, 2, 3}) CHECK(c.units[i].group == 0);
    CHECK(c.units[4].group == 4);
}

TEST_CASE("corpus: lines that a folder's pages share go, those of stories stay") {
    const test::temporary_folder folder;
    std::filesystem::create_directories(folder / "site");
    std::filesystem::create_directories(folder / "tales");
    for (int i = 0; i < 20; ++i) {
        const std::string n = std::to_string(i);
        test::write(folder / ("site/" + n + ".md"), "# My Site\n\n" + words(100 * i, 12) + "\n\n(c) nobody\n");
        test::write(folder / ("tales/" + n + ".txt"), words(100 * i + 50, 12) + "\n\nThe end.\n");
    }
    corpus c({.inputs = {folder.path()}}, folder.path());
    REQUIRE(c.documents.size() == 40);
    CHECK(c.documents[0].text.find("My Site") == std::string::npos);
    CHECK(c.documents[0].text.find("nobody") == std::string::npos);
    CHECK(c.documents[0].text.find("word0 word1") != std::string::npos);
    CHECK(c.documents[39].text.ends_with("The end.\n"));
    CHECK(report_of(c, "repeated_lines").documents.documents == 20);
}

TEST_CASE("corpus: one broken file ends everything only if told so") {
    const test::temporary_folder folder;
    test::write(folder / "a.txt", "a fine text");
    test::write(folder / "b.json", "[\"one two\", \"thr");
    CHECK(corpus({.inputs = {folder.path()}}, folder.path()).documents.size() == 2);
    CHECK_THROWS_WITH_AS(corpus({.inputs = {folder.path()}, .strict = true}, folder.path()),
                         doctest::Contains("b.json"), error);
    CHECK_THROWS_WITH_AS(corpus({.inputs = {folder / "absent"}}, folder.path()), doctest::Contains("No such file"),
                         error);
    CHECK_THROWS_WITH_AS(corpus({}, folder.path()), doctest::Contains("0 files without any text"), error);
}

TEST_CASE("corpus: the same on any number of threads") {
    const test::temporary_folder folder;
    for (int i = 0; i < 60; ++i)
        test::write(folder / ("f" + std::to_string(i)), words(i * i % 50, 30 + i % 7) + "\r\n");
    const int before = thread_count();
    std::vector<std::string> first;
    for (const int threads : {1, 2, 3}) {
        set_thread_count(threads);
        corpus c({.inputs = {folder.path()}}, folder.path());
        if (first.empty()) first = texts(c);
        CHECK(texts(c) == first);
    }
    set_thread_count(before);
}

TEST_CASE("corpus: a long text in pieces is one text again, if none of it is dropped") {
    const test::temporary_folder folder;
    std::string text;
    for (int i = 0; i < 300; ++i) text += words(i * 20, 20) + "\n\n";
    test::write(folder / "long.txt", text);
    corpus c({.inputs = {folder.path()}, .reading = {.piece_bytes = 5000}}, folder.path());
    CHECK(c.documents.size() > 5);
    std::string joined;
    for (std::size_t i = 0; i < c.documents.size(); ++i) {
        CHECK(c.documents.continues(i) == (i > 0));
        joined += c.documents[i].text;
    }
    CHECK(joined == text);
}
