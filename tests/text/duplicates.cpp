#include <doctest/doctest.h>

#include <stepgpt/core/random.hpp>
#include <stepgpt/text/near_duplicates.hpp>
#include <stepgpt/text/repeated_lines.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace stepgpt;

static std::string made_of(const std::vector<std::size_t>& words) {
    std::string text;
    for (const std::size_t word : words) text += "w" + std::to_string(word) + " ";
    return text;
}

TEST_CASE("near_duplicates: similarity is the share of common phrases") {
    CHECK(similarity(shingles_of("a b c d e f"), shingles_of("A, b; C d. e f!")) == 1.0);       // case, punctuation
    CHECK(similarity(shingles_of("a b c d e f"), shingles_of("a b c d e g")) == doctest::Approx(1.0 / 3));
    CHECK(similarity(shingles_of("one two"), shingles_of("one two")) == 1.0);
    CHECK(similarity(shingles_of("one two"), shingles_of("two one")) == 0.0);
    CHECK(similarity(shingles_of(""), shingles_of("")) == 1.0);
}

TEST_CASE("near_duplicates: minima agree as often as documents are similar") {
    std::vector<std::size_t> a(2000), b(2000);
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = i, b[i] = i < 1700 ? i : 10'000 + i;
    const auto left = shingles_of(made_of(a)), right = shingles_of(made_of(b));
    const minhash m = minhash_of(left), n = minhash_of(right);
    std::size_t same = 0;
    for (std::size_t i = 0; i < minhash_size; ++i) same += m[i] == n[i];
    CHECK(std::abs(static_cast<double>(same) / minhash_size - similarity(left, right)) < 0.12);   // about 3 deviations
}

// The stated recall, 1 - (1 - s^6)^20, against what is found, in 300 pairs of each similarity.
TEST_CASE("near_duplicates: measured recall is the stated one, and nothing is called a duplicate that is none") {
    const random_numbers dice(137, stream::test);
    std::uint64_t drawn = 0;
    for (const double wanted : {0.35, 0.7, 0.8, 0.9, 0.97}) {
        near_duplicates seen(wanted - 0.06);                 // so that the comparison in truth lets all of them pass
        std::vector<std::string> texts;
        std::size_t found = 0;
        double stated = 0;
        constexpr int pairs = 300;
        for (int pair = 0; pair < pairs; ++pair) {
            // Common words first, then each its own: s = common / (2 size - common), in phrases.
            const std::size_t size = 400, common = static_cast<std::size_t>(2 * size * wanted / (1 + wanted));
            std::vector<std::size_t> a(size), b(size);
            for (std::size_t i = 0; i < size; ++i) {
                a[i] = dice.below(1'000'000, drawn++);
                b[i] = i < common ? a[i] : dice.below(1'000'000, drawn++);
            }
            texts.push_back(made_of(a));
            seen.add(minhash_of(texts.back()));
            const auto shingles = shingles_of(made_of(b));
            const double s = similarity(shingles, shingles_of(texts.back()));
            stated += 1 - std::pow(1 - std::pow(s, 6), 20);
            const auto twin = seen.find(minhash_of(shingles),
                                        [&](std::size_t i) { return similarity(shingles, shingles_of(texts[i])); });
            if (twin && *twin != texts.size() - 1) FAIL("a stranger was called a duplicate");
            found += twin.has_value();
        }
        MESSAGE("similarity ", wanted, ": recall ", static_cast<double>(found) / pairs, ", stated ", stated / pairs);
        CHECK(std::abs(static_cast<double>(found) - stated) / pairs < 0.06);
    }
}

TEST_CASE("near_duplicates: the first one is named, at any size of the table") {
    near_duplicates seen;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 3000; ++i) {
        std::vector<std::size_t> words(30);
        for (std::size_t k = 0; k < words.size(); ++k) words[k] = 1000 * i + k;
        texts.push_back(made_of(words));
        const auto similar = [&](std::size_t j) {
            return similarity(shingles_of(texts.back()), shingles_of(texts[j]));
        };
        if (seen.find(minhash_of(texts.back()), similar)) FAIL(i);
        seen.add(minhash_of(texts.back()));
    }
    for (const std::size_t i : {0, 1, 63, 1500, 2999}) {
        const std::string copy = texts[i] + "indeed";
        const auto twin = seen.find(
            minhash_of(copy), [&](std::size_t j) { return similarity(shingles_of(copy), shingles_of(texts[j])); });
        REQUIRE(twin.has_value());
        CHECK(*twin == i);
    }
}

TEST_CASE("repeated_lines: what a tenth of the pages share goes, what a page repeats itself stays") {
    repeated_lines lines;
    std::vector<std::string> pages;
    for (int i = 0; i < 40; ++i) {
        const std::string n = std::to_string(i);
        pages.push_back("My Site\n\nPage " + n + "\n" + (i < 9 ? "rare\n" : "") + "own\nown " + n + "\n  (c) nobody\n");
        lines.count(pages.back());
    }
    lines.finish();
    std::vector<std::string> dropped;
    CHECK(lines.without(pages[3], &dropped) == "Page 3\nrare\nown 3");
    CHECK(dropped == std::vector<std::string>{"My Site", "own", "(c) nobody"});
    CHECK(lines.without("My Site") == "");
    CHECK(lines.without("") == "");

    repeated_lines few;
    for (int i = 0; i < 9; ++i) few.count("the same page\n");
    CHECK(few.without("the same page\n") == "the same page\n");   // nine pages are too few to tell
}
