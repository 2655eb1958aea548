#include <doctest/doctest.h>

#include <stepgpt/text/table.hpp>

#include "reading.hpp"

using namespace stepgpt;

static test::collected read(const std::string& text, reading_options options = {}, char separator = ',') {
    test::collected found;
    read_table(memory_bytes(text), separator, "t.csv", found.to(std::move(options)));
    return found;
}

TEST_CASE("table: the column with a usual name is the text, one row a document") {
    const auto found = read("id,text\n1,Hello there.\n2,\"Quoted, with \"\"marks\"\"\nand a line end\"\r\n3,\n4,last");
    CHECK(found.texts() == test::texts{"Hello there.", "Quoted, with \"marks\"\nand a line end", "last"});
    CHECK(found.documents[1].source == "t.csv:3");
    CHECK(found.documents[2].source == "t.csv:6");
    CHECK(found.complaints.empty());
}

TEST_CASE("table: named columns, numbered columns, whole rows") {
    const std::string table = "title,year,plot\nJaws,1975,A shark.\nHeat,1995,Two men.\n";
    CHECK(read(table, {.fields = {"title", "plot"}}).texts() == test::texts{"Jaws\n\nA shark.", "Heat\n\nTwo men."});
    CHECK(read(table, {.fields = {"3"}}).texts() == test::texts{"A shark.", "Two men."});
    CHECK(read(table).texts()[0] == "title: Jaws\nyear: 1975\nplot: A shark.");
    CHECK(read("1\t2\n3\t4\n", {}, '\t').texts() == test::texts{"1\n\n2", "3\n\n4"});   // numbers are no header
    CHECK_THROWS_WITH_AS(read(table, {.fields = {"plott"}}), doctest::Contains("did you mean 'plot'?"), error);
    CHECK_THROWS_WITH_AS(read("1,2\n", {.fields = {"3"}}), doctest::Contains("2 columns without names"), error);
}

TEST_CASE("table: a row of another width is left out and named, the rest goes on") {
    const auto found = read("a,text\n1,one\n2\n3,three,more\n\n4,four\n");
    CHECK(found.texts() == test::texts{"one", "four"});
    REQUIRE(found.complaints.size() == 2);
    CHECK(found.complaints[0].find("t.csv, line 3: found 1 fields, wanted 2") == 0);
    CHECK(found.complaints[1].find("t.csv, line 4: found 3 fields") == 0);
}

TEST_CASE("table: a quote that is never closed is told, at the end or when the row is too long") {
    auto found = read("id,text\n1,one\n2,\"open\n3,three\n");
    CHECK(found.texts() == test::texts{"one"});
    REQUIRE(found.complaints.size() == 1);
    CHECK(found.complaints[0].find("line 3: found a quote that is never closed") != std::string::npos);

    found = read("id,text\n1,\"" + std::string(500, 'x') + "\n2,two\n", {.record_bytes = 100});
    CHECK(found.texts() == test::texts{"two"});                 // it goes on behind the next line end
    REQUIRE(found.complaints.size() == 1);
    CHECK(found.complaints[0].find("is the quote in it never closed?") != std::string::npos);
}

TEST_CASE("table: quotes where they have no meaning are text") {
    CHECK(read("a,text\n1,5\" nails\n2,\"x\"y\n").texts() == test::texts{"5\" nails", "xy"});
}

TEST_CASE("table: the separator is what the rows agree on, and a sentence's commas are none") {
    CHECK(guess_separator("a,b,c\n1,2,3\n4,5,6\n7,8,9\n1,1,1\n").value() == ',');
    CHECK(guess_separator("a;b\n1,5;2\n4,0;5\n", true).value() == ';');
    CHECK(guess_separator("a\tb\n1\t2\n4\t5\n1\t1\n2\t2\n").value() == '\t');
    CHECK(guess_separator("\"x,\ny\",b\n1,2\n", true).value() == ',');
    CHECK_FALSE(guess_separator("One, two, three.\nFour, five, six.\nA, b, c.\nD, e, f.\nG, h, i.\n"));
    CHECK_FALSE(guess_separator("Once upon a time\nthere was\na bug\nin a\nprogram\n"));
    CHECK_FALSE(guess_separator(""));
}
