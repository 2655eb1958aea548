#include <doctest/doctest.h>

#include <stepgpt/text/byte_source.hpp>

#include <string>
#include <vector>

#include "../support.hpp"

using namespace stepgpt;

// Gives its text in pieces of `size` bytes, as a slow pipe would.
static byte_source in_pieces(const std::string& text, std::size_t size) {
    return [in = memory_bytes(text), size](char* to, std::size_t room) { return in(to, std::min(room, size)); };
}

TEST_CASE("byte_source: a file passes through blocks") {
    const test::temporary_folder folder;
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + '\n';
    test::write(folder / "numbers.txt", text);

    std::string seen;
    each_block(file_bytes(folder / "numbers.txt"), [&](std::string_view block) { seen += block; });
    CHECK(seen == text);
    CHECK(read_up_to(file_bytes(folder / "numbers.txt"), 5) == "0\n1\n2");
    CHECK(read_up_to(memory_bytes("short"), 100) == "short");
    CHECK(read_up_to(memory_bytes(""), 100) == "");
}

TEST_CASE("byte_source: lines, whatever the pieces they arrive in") {
    const std::string text = "one\r\ntwo\n\nfour\rstill four\nfive";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        line_reader lines(in_pieces(text, size), 100);
        std::vector<std::string> seen;
        std::vector<std::uint64_t> offsets;
        while (lines.next()) {
            seen.push_back(lines.line());
            offsets.push_back(lines.offset());
            CHECK(lines.number() == seen.size());
        }
        CHECK(seen == std::vector<std::string>{"one", "two", "", "four\rstill four", "five"});
        CHECK(offsets == std::vector<std::uint64_t>{0, 5, 9, 10, 26});
    }
}

TEST_CASE("byte_source: a line longer than the limit is cut and says so, the next one is whole") {
    line_reader lines(in_pieces(std::string(1000, 'x') + "\nnext\n", 64), 10);
    REQUIRE(lines.next());
    CHECK(lines.line() == "xxxxxxxxxx");
    CHECK(lines.too_long());
    REQUIRE(lines.next());
    CHECK(lines.line() == "next");
    CHECK_FALSE(lines.too_long());
    CHECK_FALSE(lines.next());
}
