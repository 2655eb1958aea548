#include <stepgpt/batch/token_file.hpp>

#include "../token/support.hpp"

using namespace stepgpt;

TEST_CASE("ids are two little-endian bytes each, as nanoGPT writes them") {
    test::temporary_folder folder;
    write_token_file(folder / "train.bin", 65, std::vector<token>{1, 64, 0});
    CHECK(test::read(folder / "train.bin") == std::string("\1\0\100\0\0\0", 6));
    const token_file file(folder / "train.bin", 65);
    CHECK(file.size() == 3);
    CHECK(file[1] == 64);
}

TEST_CASE("a vocabulary of more than 65,536 needs four bytes an id") {
    test::temporary_folder folder;
    std::vector<token> ids(70000), back(70000);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(i);
    write_token_file(folder / "big", 70000, ids);
    const token_file file(folder / "big", 70000);
    REQUIRE(file.size() == 70000);
    CHECK(test::read(folder / "big").size() == 280000);
    file.copy(0, back);
    CHECK(back == ids);
    ids.resize(65536);
    write_token_file(folder / "small", 65536, ids);
    CHECK(test::read(folder / "small").size() == 131072);
    CHECK(token_file(folder / "small", 65536)[65535] == 65535);
}

TEST_CASE("an id outside the vocabulary is named, with its place") {
    test::temporary_folder folder;
    std::vector<token> ids(1000000, 64);
    ids[999998] = 70;
    ids[999999] = 71;
    write_token_file(folder / "train.bin", 100, ids);
    const auto told = test::message([&] { token_file(folder / "train.bin", 65); });
    CHECK(test::has(told, "train.bin, byte 1999996: found token id 70, wanted an id below 65"));
    CHECK(test::has(told, "run prepare again"));
}

TEST_CASE("missing, empty, cut and foreign files are refused") {
    test::temporary_folder folder;
    test::write(folder / "empty", "");
    test::write(folder / "odd", "abc");
    CHECK(test::has(test::message([&] { token_file(folder / "none", 65); }), "No such file"));
    CHECK(test::has(test::message([&] { token_file(folder / "empty", 65); }), "an empty file"));
    CHECK(test::has(test::message([&] { token_file(folder / "odd", 65); }), "found 3 bytes, wanted a multiple of 2"));
    CHECK(test::has(test::message([&] { token_file(folder.path(), 65); }), "Is a directory"));
    write_token_file(folder / "wide", 70000, std::vector<token>{69999});   // four bytes an id, read as two
    CHECK(test::has(test::message([&] { token_file(folder / "wide", 65); }), "found token id"));
}
