#include <stepgpt/batch/token_shards.hpp>

#include "../token/support.hpp"

using namespace stepgpt;

TEST_CASE("shards are read as one row") {
    test::temporary_folder folder;
    write_token_file(folder / shard_name("train", 0), 10, std::vector<token>{0, 1, 2});
    write_token_file(folder / shard_name("train", 1), 10, std::vector<token>{3});
    write_token_file(folder / shard_name("train", 2), 10, std::vector<token>{4, 5});
    const token_shards ids(folder.path(), "train", 10);
    REQUIRE(ids.size() == 6);
    CHECK(ids.files().size() == 3);
    for (std::size_t begin = 0; begin <= 6; ++begin) {
        for (std::size_t end = begin; end <= 6; ++end) {
            std::vector<token> part(end - begin, -1);
            ids.copy(begin, part);
            for (std::size_t i = 0; i < part.size(); ++i) CHECK(part[i] == static_cast<token>(begin + i));
        }
    }
}

TEST_CASE("a file for the whole split goes before shards; with neither the error names it") {
    test::temporary_folder folder;
    CHECK(test::has(test::message([&] { token_shards(folder.path(), "val", 10); }), "val.bin"));
    write_token_file(folder / shard_name("val", 0), 10, std::vector<token>{1});
    CHECK(token_shards(folder.path(), "val", 10).size() == 1);
    write_token_file(folder / "val.bin", 10, std::vector<token>{1, 2});
    CHECK(token_shards(folder.path(), "val", 10).size() == 2);
}

TEST_CASE("a shard that is missing is named") {
    test::temporary_folder folder;
    write_token_file(folder / shard_name("train", 0), 10, std::vector<token>{1});
    write_token_file(folder / shard_name("train", 2), 10, std::vector<token>{2});
    CHECK(test::has(test::message([&] { token_shards(folder.path(), "train", 10); }),
                    "train-00001.bin': found nothing, wanted this shard: there are 2"));
}

TEST_CASE("an id outside the vocabulary is found in any shard") {
    test::temporary_folder folder;
    write_token_file(folder / shard_name("train", 0), 10, std::vector<token>{0});
    write_token_file(folder / shard_name("train", 1), 10, std::vector<token>{9});
    CHECK(test::has(test::message([&] { token_shards(folder.path(), "train", 9); }), "train-00001.bin, byte 0: found token id 9"));
}
