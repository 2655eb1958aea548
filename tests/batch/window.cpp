#include <stepgpt/batch/window.hpp>
#include <stepgpt/token/tokenizer.hpp>

#include <numeric>

#include "../token/support.hpp"

using namespace stepgpt;

namespace {
token_shards counting(const test::temporary_folder& folder, std::size_t size) {
    std::vector<token> ids(size);
    std::iota(ids.begin(), ids.end(), 0);
    write_token_file(folder / "val", size, ids);
    return token_file(folder / "val", size);
}
}  // namespace

TEST_CASE("a target is the next input") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 10);
    std::vector<token> x(4), y(4);
    read_window(ids, 5, x, y);
    CHECK(x == std::vector<token>{5, 6, 7, 8});
    CHECK(y == std::vector<token>{6, 7, 8, 9});
}

TEST_CASE("a split shorter than a window is refused with both numbers") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 61);
    CHECK(test::has(test::message([&] { expect_window(ids, 64); }),
                    "val: found 61 tokens where block_size is 64, wanted at least 65 tokens"));
    CHECK(test::message([&] { expect_window(ids, 60); }) == "no error");
    CHECK(test::message([&] { expect_window(ids, 61); }) != "no error");
    CHECK(test::message([&] { expect_window(ids, 0); }) != "no error");
}

TEST_CASE("a split is evaluated in windows that do not overlap, the last batch filled up with targets to ignore") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 23);   // T = 4: windows at 0, 4, 8, 12, 16; their last target is id 20
    token_ids<> x({2, 4}), y({2, 4});
    CHECK(window_count(ids.size(), 4) == 5);
    CHECK(read_windows(ids, 2, x, y) == 2);
    CHECK(x == token_ids<>{{8, 9, 10, 11}, {12, 13, 14, 15}});
    CHECK(y == token_ids<>{{9, 10, 11, 12}, {13, 14, 15, 16}});
    CHECK(read_windows(ids, 4, x, y) == 1);
    CHECK(x == token_ids<>{{16, 17, 18, 19}, {0, 0, 0, 0}});
    CHECK(y == token_ids<>{{17, 18, 19, 20}, {-1, -1, -1, -1}});
    CHECK(read_windows(ids, 6, x, y) == 0);
    CHECK(window_count(21, 4) == 5);
    CHECK(window_count(20, 4) == 4);
    CHECK(window_count(0, 4) == 0);
}

TEST_CASE("tinyshakespeare's validation split has 1,742 windows of 64") {
    const auto path = test::shared_data("tinyshakespeare.txt");
    if (!path) return;
    const auto text = test::read(*path);
    character_trainer trainer;
    trainer.add(text);
    const auto ids = trainer.train();
    const auto val = tokenizer(ids).encode(std::string_view(text).substr(text.size() * 9 / 10));
    CHECK(val.size() == 111540);
    CHECK(window_count(val.size(), 64) == 1742);   // 111,488 positions
}
