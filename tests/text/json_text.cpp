#include <doctest/doctest.h>

#include <stepgpt/text/json_text.hpp>

#include "reading.hpp"

using namespace stepgpt;

static test::collected lines(const std::string& text, reading_options options = {}) {
    test::collected found;
    read_json_lines(memory_bytes(text), "s.jsonl", found.to(std::move(options)));
    return found;
}

static test::collected values(const std::string& text, reading_options options = {}) {
    test::collected found;
    read_json_values(memory_bytes(text), "s.json", found.to(std::move(options)));
    return found;
}

TEST_CASE("json_text: the usual field, named fields, nested fields, lists") {
    CHECK(lines(R"({"id":"a1","text":"Once upon a time"})").texts() == test::texts{"Once upon a time"});
    const std::string chat =
        R"({"meta":{"title":"T"},"messages":[{"role":"user","content":"Hi"},{"role":"bot","content":"Ho"}]})";
    CHECK(lines(chat, {.fields = {"meta.title", "messages.content"}}).texts() == test::texts{"T\n\nHi\nHo"});
    CHECK(lines(R"({"id":"x-1","q":"Who is it?","a":["It is me.","no"]})").texts() ==
          test::texts{"It is me.\n\nWho is it?"});
    CHECK(lines(R"({"a.b":"dotted key"})", {.fields = {"a.b"}}).texts() == test::texts{"dotted key"});
    CHECK(lines("\"a string\"\n\n\"and \\u00e9 one\"").texts() == test::texts{"a string", "and \u00e9 one"});
    CHECK(lines("1\nnull\n{}\n[]\ntrue").documents.empty());
}

TEST_CASE("json_text: a broken line is left out with its place, the rest goes on") {
    const auto found = lines(
        "{\"text\":\"one\"}\n{\"text\":\n{\"text\":\"three\"}\n{\"text\":\"a\",\"text\":\"b\"}\n{\"text\":\"five\"}");
    CHECK(found.texts() == test::texts{"one", "three", "five"});
    CHECK(found.documents[1].source == "s.jsonl:3");
    REQUIRE(found.complaints.size() == 2);
    CHECK(found.complaints[0].find("s.jsonl:2") == 0);
    CHECK(found.complaints[1].find("a key twice") != std::string::npos);
}

TEST_CASE("json_text: a line too long, or without the field asked for, says so") {
    const auto found =
        lines("\"" + std::string(300, 'x') + "\"\n{\"body\":\"x y\"}\n", {.fields = {"text"}, .record_bytes = 100});
    CHECK(found.documents.empty());
    REQUIRE(found.complaints.size() == 2);
    CHECK(found.complaints[0].find("a line of more than 100 bytes") != std::string::npos);
    CHECK(found.complaints[1].find("'text': found a value without this field") != std::string::npos);
    CHECK(found.complaints[1].find("its first field is 'body'") != std::string::npos);
}

TEST_CASE("json_text: elements of an array, or the whole file") {
    const std::string array = "[ {\"text\":\"a ] , \\\" b\"},\n\n \"two\" , 3, {\"text\":\"x\"}]\n";
    CHECK(values(array).texts() == test::texts{"a ] , \" b", "two", "x"});
    CHECK(values(array).documents[1].source == "s.json:3");
    CHECK(values("{\"data\":[{\"text\":\"a\"},{\"text\":\"b\"}]}", {.fields = {"data.text"}}).texts() ==
          test::texts{"a\nb"});
    CHECK(values("{\"text\":\"one\"}\n{\"text\":\n\"two\"}").texts() == test::texts{"one", "two"});   // values in a row
    CHECK(values("").documents.empty());
    CHECK(values("[]").documents.empty());
}

TEST_CASE("json_text: broken JSON files keep what can be told") {
    auto found = values("[{\"text\":\"one\"}, {\"text\" 2}, {\"text\":\"three\"}]");
    CHECK(found.texts() == test::texts{"one", "three"});
    CHECK(found.complaints.size() == 1);

    CHECK_THROWS_WITH_AS(values("[{\"text\":\"one\"}, {\"te"), doctest::Contains("the 1 values before are kept"),
                         error);
    CHECK_THROWS_AS(values("[\"one\""), error);
    CHECK(values("]]]} {\"text\":\"x\"}").complaints.size() >= 1);
    CHECK(values("[" + std::string(100'000, '[') + std::string(100'000, ']') + "]").complaints.size() ==
          1);   // too deep
    CHECK_THROWS_WITH_AS(values("{\"text\":\"" + std::string(1000, 'x'), {.record_bytes = 100}),
                         doctest::Contains("more than 100 bytes"), error);
}
