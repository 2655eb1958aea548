#include <stepgpt/token/vocabulary.hpp>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("a piece gets the next id and keeps it") {
    vocabulary v;
    CHECK(v.find("fox") == vocabulary::none);
    CHECK(v.add("fox") == 0);
    CHECK(v.add("") == 1);
    CHECK(v.add(std::string_view("\0x", 2)) == 2);
    CHECK(v.add("fox") == 0);
    CHECK(v.size() == 3);
    CHECK(v[0] == "fox");
    CHECK(v[1].empty());
    CHECK(v.find(std::string_view("\0x", 2)) == 2);
    CHECK(v.find("fo") == vocabulary::none);
}

TEST_CASE("a vocabulary of many pieces finds each of them, and so does its copy") {
    vocabulary v;
    for (int i = 0; i < 5000; ++i) v.add(std::to_string(i));
    const vocabulary copy = v;
    v.add("more");
    for (int i = 0; i < 5000; ++i) REQUIRE(copy.find(std::to_string(i)) == i);
    CHECK(copy.find("more") == vocabulary::none);
    CHECK_FALSE(copy == v);
}
