#include <doctest/doctest.h>

#include <stepgpt/text/plain.hpp>

#include "reading.hpp"

using namespace stepgpt;

static test::collected read(const std::string& text, reading_options options = {}) {
    test::collected found;
    read_plain(memory_bytes(text), "notes.txt", found.to(std::move(options)));
    return found;
}

TEST_CASE("plain: a file is one document, to the byte") {
    const std::string text = "\n  First line\r\n\nlast line without an end";
    CHECK(read(text).texts() == test::texts{text});
    CHECK(read(text).documents[0].source == "notes.txt");
    CHECK(read("").documents.empty());
    CHECK(read(" \n\t\n").documents.empty());
}

TEST_CASE("plain: separator lines part documents and say where each begins") {
    const auto found = read("one\n%\ntwo\n%\r\n\n%\n100 %\nfour\n%", {.separators = {"%"}});
    CHECK(found.texts() == test::texts{"one\n", "two\n", "100 %\nfour\n"});
    CHECK(found.documents[1].source == "notes.txt:3");
    CHECK(found.documents[2].source == "notes.txt:7");
    CHECK(read("a\n<|endoftext|>\nb", {.separators = {"%", "<|endoftext|>"}}).texts() == test::texts{"a\n", "b"});
    CHECK(read("one\n%\ntwo\n").documents.size() == 1);    // not asked for
}

TEST_CASE("plain: a long text goes on in pieces that are the text when put together") {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "Line " + std::to_string(i) + (i % 7 == 0 ? ".\n\n" : " goes on\n");
    const auto found = read(text, {.separators = {"%"}, .piece_bytes = 1000});
    std::string joined;
    for (const auto& piece : found.documents) {
        CHECK(piece.continues == !joined.empty());
        CHECK(piece.text.size() <= 1000);
        CHECK((piece.text.ends_with(".\n\n") || joined.size() + piece.text.size() == text.size()));
        joined += piece.text;
    }
    CHECK(joined == text);

    const auto unbroken =
        read(std::string(10'000, 'x') + "\u00e9\u4e2d" + std::string(99'999, 'y'), {.piece_bytes = 1000});
    CHECK(unbroken.documents.size() >= 100);   // no line ends at all
    std::string all;
    for (const auto& piece : unbroken.documents) {
        CHECK(is_utf8(piece.text));
        all += piece.text;
    }
    CHECK(all.size() == 10'000 + 5 + 99'999);
}
