// Things in order, without moving them about.
#include <doctest/doctest.h>

#include <stepgpt/core/sort_by.hpp>

#include <memory>
#include <string>

using namespace stepgpt;

TEST_CASE("sort_by: in order, and equal things stay as they were") {
    struct word {
        std::string text;
        int place;
    };
    std::vector<word> words{{"pear", 0}, {"fig", 1}, {"apple", 2}, {"plum", 3}, {"fig", 4}};
    sort_by(words, [](const word& a, const word& b) { return a.text.size() < b.text.size(); });
    std::string order;
    for (const word& w : words) order += w.text + std::to_string(w.place) + " ";
    CHECK(order == "fig1 fig4 pear0 plum3 apple2 ");
}

TEST_CASE("sort_by: things that cannot be copied, and none at all") {
    std::vector<std::unique_ptr<int>> numbers;
    for (const int n : {3, 1, 2}) numbers.push_back(std::make_unique<int>(n));
    sort_by(numbers, [](const auto& a, const auto& b) { return *a < *b; });
    CHECK(*numbers[0] == 1);
    CHECK(*numbers[1] == 2);
    CHECK(*numbers[2] == 3);
    numbers.clear();
    sort_by(numbers, [](const auto& a, const auto& b) { return *a < *b; });
    CHECK(numbers.empty());
}

TEST_CASE("sorted_places: the things themselves stay where they are") {
    const std::vector<double> x{0.5, -1, 2, -1};
    CHECK(sorted_places(x.size(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; }) ==
          std::vector<std::size_t>{1, 3, 0, 2});
}
