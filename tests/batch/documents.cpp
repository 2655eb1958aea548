#include <stepgpt/batch/documents.hpp>

#include <vector>

#include <stepgpt/batch/loader.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {
token_shards shards(const test::temporary_folder& folder, const std::vector<token>& ids) {
    write_token_file(folder / "ids.bin", 10, ids);
    return token_shards(token_file(folder / "ids.bin", 10));
}
using row = std::vector<token>;
}  // namespace

TEST_CASE("a row is a document: it begins behind the end of the one before, and nothing is asked behind its own end") {
    test::temporary_folder folder;
    const auto ids = shards(folder, {1, 2, 9, 3, 9, 4, 5, 6, 7, 9, 8});    // 9 ends a document; 8 belongs to none
    const documents all(ids, 9);
    REQUIRE(all.size() == 3);

    row x(4), y(4);
    all.read(0, x, y);
    CHECK(x == row{9, 1, 2, 0});
    CHECK(y == row{1, 2, 9, -1});
    all.read(1, x, y);
    CHECK(x == row{9, 3, 0, 0});
    CHECK(y == row{3, 9, -1, -1});
    all.read(2, x, y);                                                     // longer than a row: cut
    CHECK(x == row{9, 4, 5, 6});
    CHECK(y == row{4, 5, 6, 7});
}

TEST_CASE("the last batch may have rows that ask nothing") {
    test::temporary_folder folder;
    const auto ids = shards(folder, {1, 9, 2, 9, 3, 9});
    const documents all(ids, 9);
    token_ids<> x, y;
    resize(x, {2, 2});
    resize(y, {2, 2});
    CHECK(all.read(0, x, y) == 2);
    CHECK(all.read(2, x, y) == 1);
    CHECK(y(0, 0) == 3);
    CHECK(y(1, 0) == -1);
    CHECK(all.read(4, x, y) == 0);
}

TEST_CASE("batches of documents resume where they stopped") {
    test::temporary_folder folder;
    const auto ids = shards(folder, {1, 9, 2, 2, 9, 3, 9, 4, 4, 9});
    loader first(ids, 3, 4, 7, token{9}), second(ids, 3, 4, 7, token{9});
    token_ids<> x, y, again_x, again_y;
    first.next(x, y);
    second.seek(first.position());
    first.next(x, y);
    second.next(again_x, again_y);
    CHECK(std::equal(x.data(), x.data() + 12, again_x.data()));
    CHECK(std::equal(y.data(), y.data() + 12, again_y.data()));
}

TEST_CASE("ids without a document's end are an error that says so") {
    test::temporary_folder folder;
    const auto ids = shards(folder, {1, 2, 3});
    CHECK_THROWS_WITH_AS(documents(ids, 9), doctest::Contains("no document end (token 9)"), error);
}
