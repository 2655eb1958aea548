#include <stepgpt/batch/loader.hpp>

#include <algorithm>
#include <numeric>
#include <set>

#include "../token/support.hpp"

using namespace stepgpt;

namespace {

token_shards counting(const test::temporary_folder& folder, std::size_t size) {
    std::vector<token> ids(size);
    std::iota(ids.begin(), ids.end(), 0);
    write_token_file(folder / "train", size, ids);
    return token_file(folder / "train", size);
}

struct rows {
    token_ids<> x, y;
};

constexpr auto both_orders = {window_order::random_windows, window_order::shuffled_windows};

}  // namespace

TEST_CASE("every row is a window of the text") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 100);
    for (const auto order : both_orders) {
        loader batches(ids, 3, 8, 1, order);
        rows r;
        for (int step = 0; step < 50; ++step) {
            batches.next(r.x, r.y);
            for (std::size_t b = 0; b < 3; ++b) {
                for (std::size_t t = 0; t < 8; ++t) {
                    REQUIRE(r.x(b, t) == r.x(b, 0) + static_cast<token>(t));
                    REQUIRE(r.y(b, t) == r.x(b, t) + 1);
                }
            }
        }
    }
}

TEST_CASE("random windows begin everywhere, the last of them included") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 12);
    loader batches(ids, 4, 8, 1);
    rows r;
    std::set<token> begins;
    for (int step = 0; step < 50; ++step) {
        batches.next(r.x, r.y);
        for (std::size_t b = 0; b < 4; ++b) begins.insert(r.x(b, 0));
    }
    CHECK(begins == std::set<token>{0, 1, 2, 3});   // 3: its last target is the last id, 11
}

TEST_CASE("an epoch of shuffled windows shows each of them once, in another order every time") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 1000);
    loader batches(ids, 1, 8, 1, window_order::shuffled_windows);
    rows r;
    std::vector<std::vector<token>> orders;
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
        std::vector<token> begins;
        for (std::uint64_t i = 0; i < batches.windows(epoch); ++i) {
            batches.next(r.x, r.y);
            REQUIRE(batches.position() == loader::place{epoch, i + 1});
            begins.push_back(r.x(0, 0));
        }
        auto sorted = begins;
        std::sort(sorted.begin(), sorted.end());
        CHECK(sorted[0] < 8);
        for (std::size_t i = 0; i < sorted.size(); ++i) REQUIRE(sorted[i] == sorted[0] + static_cast<token>(8 * i));
        CHECK(sorted.back() + 16 >= 1000 - 8);
        CHECK(begins != sorted);
        orders.push_back(begins);
    }
    CHECK(orders[0] != orders[1]);
    CHECK(orders[1] != orders[2]);
}

TEST_CASE("the position is all that a new process needs") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 300);
    for (const auto order : both_orders) {
        loader whole(ids, 4, 8, 7, order);
        rows a, b;
        for (int step = 0; step < 40; ++step) {   // shuffled: past the ends of several epochs
            loader resumed(ids, 4, 8, 7, order);
            resumed.seek(whole.position());
            whole.next(a.x, a.y);
            resumed.next(b.x, b.y);
            REQUIRE(a.x == b.x);
            REQUIRE(a.y == b.y);
        }
    }
}

TEST_CASE("another seed gives other batches") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 1000);
    for (const auto order : both_orders) {
        rows a, b;
        loader(ids, 4, 8, 1, order).next(a.x, a.y);
        loader(ids, 4, 8, 2, order).next(b.x, b.y);
        CHECK(a.x != b.x);
    }
}

TEST_CASE("text just long enough for one window is enough") {
    test::temporary_folder folder;
    const auto ids = counting(folder, 9);
    for (const auto order : both_orders) {
        loader batches(ids, 3, 8, 1, order);
        rows r;
        for (int step = 0; step < 3; ++step) batches.next(r.x, r.y);
        CHECK(r.x(2, 0) == 0);
        CHECK(r.y(2, 7) == 8);
    }
    CHECK(test::has(test::message([&] { loader(ids, 3, 9, 1); }), "found 9 tokens where block_size is 9, wanted at least 10"));
    CHECK(test::has(test::message([&] { loader(ids, 0, 8, 1); }), "batch_size"));
}

TEST_CASE("shuffled is a permutation of any count, and mixes") {
    for (const std::uint64_t count : {1, 2, 3, 5, 16, 17, 1000, 4097}) {
        const random_numbers order(3, stream::test);
        std::vector<bool> seen(count);
        std::uint64_t fixed = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto to = shuffled(i, count, order);
            REQUIRE(to < count);
            REQUIRE_FALSE(seen[to]);
            seen[to] = true;
            fixed += to == i;
        }
        if (count > 100) CHECK(fixed < 10);
    }
}
