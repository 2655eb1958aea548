// Questions and answers: what is asked, what fits, and in which order they come.
#include "../support.hpp"

#include <set>
#include <vector>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/batch/token_file.hpp>

using namespace stepgpt;

namespace {

struct files {
    test::temporary_folder folder;

    files(const std::vector<token>& ids, const std::vector<token>& roles) {
        write_token_file(folder / "train.bin", 100, ids);
        write_token_file(folder / "train-roles.bin", role::count, roles);
    }
    token_shards ids() const { return {folder.path(), "train", 100}; }
    token_shards roles() const { return {folder.path(), "train-roles", role::count}; }
};

std::vector<token> list(const token_ids<>& x) { return {x.data(), x.data() + x.size()}; }

}  // namespace

TEST_CASE("examples: only answers are asked for, and sequences end where examples do") {
    const files f({11, 12, 13, 14, 21, 22, 23, 31, 32, 33}, {2, 0, 1, 1, 2, 1, 1, 2, 0, 1});
    const auto ids = f.ids(), roles = f.roles();
    const examples all(ids, roles, 4);
    CHECK(all.size() == 3);
    CHECK(all.length(0) == 4);

    token_ids<> x, y;
    resize(x, {2, 3});
    resize(y, {2, 3});
    std::vector<std::size_t> ends;
    const auto in_order = [](std::size_t k) { return k; };
    CHECK(all.pack(0, 3, in_order, x, y, ends) == 2);              // the third needs 2, and 1 is left
    CHECK(list(x) == std::vector<token>{11, 12, 13, 21, 22, 0});
    CHECK(list(y) == std::vector<token>{-1, 13, 14, 22, 23, -1});
    CHECK(ends == std::vector<std::size_t>{3, 5, 6});
    CHECK(all.pack(2, 3, in_order, x, y, ends) == 3);
    CHECK(list(y) == std::vector<token>{-1, 33, -1, -1, -1, -1});
    CHECK(ends == std::vector<std::size_t>{2, 5, 6});              // what is left over is cut into rows
}

TEST_CASE("examples: files that are none are refused") {
    const auto trouble = [](const std::vector<token>& ids, const std::vector<token>& roles, std::size_t T) {
        const files f(ids, roles);
        const auto a = f.ids(), b = f.roles();
        try {
            examples all(a, b, T);
        } catch (const error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    CHECK(trouble({1, 2}, {2, 1}, 1) == "accepted");
    CHECK(trouble({1, 2, 3}, {2, 1}, 4).find("found 2 roles, wanted 3") != std::string::npos);
    CHECK(trouble({1, 2, 3}, {0, 2, 1}, 4).find("found no first token") != std::string::npos);
    CHECK(trouble({1, 2, 3}, {1, 1, 1}, 4).find("found no first token") != std::string::npos);
    CHECK(trouble({1, 2, 3}, {2, 1, 1}, 1).find("'example 0': found 3 tokens, wanted 2 to 2") != std::string::npos);
    CHECK(trouble({1, 2, 3}, {2, 1, 2}, 4).find("'example 1': found 1 tokens") != std::string::npos);
    CHECK_THROWS_AS(files({1, 2}, {2, 3}).roles(), error);               // no such role
}

TEST_CASE("loader: every example once an epoch, epochs without a gap, and from any place on the same") {
    std::vector<token> ids, roles;
    for (token i = 0; i < 20; ++i)                                 // example i: i, i, ... 2 to 6 of them
        for (token n = 0; n < 2 + i % 5; ++n) ids.push_back(i), roles.push_back(n == 0 ? role::first : role::answer);
    const files f(ids, roles);
    const auto a = f.ids(), b = f.roles();
    loader batches(a, b, 2, 8, 5), again(a, b, 2, 8, 5);
    token_ids<> x, y;
    std::vector<token> seen;
    std::vector<loader::place> places;
    std::vector<std::vector<token>> rows;
    for (int batch = 0; batch < 40; ++batch) {
        places.push_back(batches.position());
        batches.next(x, y);
        rows.push_back(list(x));
        std::size_t begin = 0;
        for (const std::size_t end : batches.sequences()) {
            if (y.data()[begin] != -1) seen.push_back(x.data()[begin]);
            begin = end;
        }
        CHECK(begin == 16);
    }
    REQUIRE(seen.size() > 60);
    for (std::size_t epoch = 0; epoch < 3; ++epoch)
        CHECK(std::set<token>(seen.begin() + static_cast<std::ptrdiff_t>(20 * epoch),
                              seen.begin() + static_cast<std::ptrdiff_t>(20 * (epoch + 1))).size() == 20);
    CHECK_FALSE(std::equal(seen.begin(), seen.begin() + 20, seen.begin() + 20));     // another order
    again.seek(places[7]);
    again.next(x, y);
    CHECK(list(x) == rows[7]);
}
