#include <stepgpt/token/pair_map.hpp>

#include <map>

#include "support.hpp"

using namespace stepgpt;

TEST_CASE("a pair map holds what a std::map holds") {
    const random_numbers draw(1, stream::test);
    pair_map<int> pairs;
    std::map<std::pair<token, token>, int> wanted;
    for (std::uint64_t i = 0; i < 20000; ++i) {
        const auto left = static_cast<token>(draw.below(200, 2 * i)), right = static_cast<token>(draw.below(200, 2 * i + 1));
        ++pairs(left, right);
        ++wanted[{left, right}];
    }
    CHECK(pairs.size() == wanted.size());
    for (token left = 0; left < 200; ++left) {
        for (token right = 0; right < 200; ++right) {
            const int* found = pairs.find(left, right);
            const auto here = wanted.find({left, right});
            REQUIRE((found != nullptr) == (here != wanted.end()));
            if (found) REQUIRE(*found == here->second);
        }
    }
    CHECK(pairs.find(2147483647, 0) == nullptr);
}
