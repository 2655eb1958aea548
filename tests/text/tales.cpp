#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include <stepgpt/text/tales.hpp>

using namespace stepgpt;

namespace {

// Words, punctuation marks and blank lines: what a word tokenizer makes of a story.
std::vector<std::string> tokens(std::string_view text) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t size = 0;
        while (i + size < text.size() && std::isalpha(static_cast<unsigned char>(text[i + size]))) ++size;
        if (size == 0) size = text.substr(i, 2) == "\n\n" ? 2 : 1;
        if (text[i] != ' ') all.emplace_back(text.substr(i, size));
        i += size;
    }
    return all;
}

// A grammar small enough to list: 2 of 3 names, a colour twice, a choice, a sentence that may be left out.
constexpr word_list small_words[] = {
    {"hero friend", "she: Ida, Eve, he: Tom"},
    {"colour", "red, orange"},
    {"glad", "glad, sad"},
    {"pair twin", "Max, Moritz"},
};
constexpr plot small_plots[] = {
    {"The hat", R"(
        {Hero} has {a colour} hat[| and {a colour} bag].
        {Friend} is [glad].
        |
        "Is this {colour} hat yours?" asks {friend}.
    )"},
    {"The nap", R"(
        {Hero} sleeps.
        | {Hero} snores.
    )"},
};

}  // namespace

TEST_CASE("tales are a real little language") {
    const auto vocabulary = tale_vocabulary(tales());
    std::set<std::string> words;   // without regard to capitals
    for (auto word : vocabulary) {
        word[0] = static_cast<char>(std::tolower(word[0]));
        words.insert(word);
    }
    CHECK(words.size() >= 400);
    CHECK(vocabulary.size() < 690);   // with them: small enough for a small model
    CHECK(tales().stories().size() >= 15);
}

TEST_CASE("every tale has 5 to 12 sentences, fits a context of 128 tokens, and its articles and capitals are right") {
    std::size_t longest = 0;
    std::vector<std::size_t> told(tales().stories().size());
    for (std::uint64_t i = 0; i < 10000; ++i) {
        const tale t = make_tale(11, i);
        ++told[t.plot];
        const auto words = tokens(t.text);
        longest = std::max(longest, words.size());
        const tale_verdict v = judge_tales(t.text);
        CHECK_MESSAGE((v.sentences.size() >= 5 && v.sentences.size() <= 12), t.text);
        for (const auto& s : v.sentences) {
            const char first = t.text[s.begin + (t.text[s.begin] == '"')];
            CHECK_MESSAGE(std::isupper(static_cast<unsigned char>(first)), t.text);
        }
        for (std::size_t w = 0; w + 1 < words.size(); ++w) {
            const bool vowel = std::string_view("aeiouAEIOU").find(words[w + 1][0]) != std::string_view::npos;
            if (words[w] == "a" || words[w] == "A") CHECK_MESSAGE(!vowel, t.text);
            if (words[w] == "an" || words[w] == "An") CHECK_MESSAGE(vowel, t.text);
        }
        CHECK(t.text.find("  ") == std::string::npos);
        CHECK(t.text.substr(t.text.size() - 2) == "\n\n");
    }
    CHECK(longest <= 110);
    for (const std::size_t count : told) CHECK(count > 10000 / (2 * told.size()));   // each plot about as often
}

TEST_CASE("pronouns and verbs go with the person, the beast and the crowd") {
    const word_list words[] = {
        {"hero", "she: Ida"}, {"king", "he: king"}, {"fox", "it: fox"}, {"twins", "they: twins"}};
    const plot plots[] = {{"All", R"(
        {Hero}, the {king}, the {fox} and the {twins} met.
        {He} saw {himself} and {king.him}, {king.his} dog and {fox.his} tail.
        {king.He} {king.was} glad, {fox.he} {fox.was} glad, and {twins.he} {twins.was} glad.
        {twins.His} dog saw {hero.him}, {fox.him} and {twins.him}.
    )"}};
    CHECK(make_tale(1, 1, tale_grammar(words, plots)).text ==
          "Ida, the king, the fox and the twins met. She saw herself and him, his dog and its tail. "
          "He was glad, it was glad, and they were glad. Their dog saw her, it and them.\n\n");
}

TEST_CASE("a tale is a function of seed and index") {
    CHECK(make_tale(1, 5).text == make_tale(1, 5).text);
    CHECK(make_tale(1, 5).text != make_tale(1, 6).text);
    CHECK(make_tale(1, 5).text != make_tale(2, 5).text);
    CHECK(tales_text(1, 3) == make_tale(1, 0).text + make_tale(1, 1).text + make_tale(1, 2).text);
    CHECK(tales_text(1, 2, 1) == make_tale(1, 1).text + make_tale(1, 2).text);
    CHECK(tales_text(1, 0).empty());

    const std::string text = tales_text(2024, 1000);
    std::uint64_t hash = 14695981039346656037u;   // FNV-1a: the same text on every machine and compiler
    for (const unsigned char byte : text) hash = (hash ^ byte) * 1099511628211u;
    CHECK(hash == 5393110558902375255u);
}

TEST_CASE("the writer and the reader agree on every probability") {
    double sum = 0;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        const tale t = make_tale(13, i);
        const double read = tales_log_probability(t.text);   // sums all derivations
        CHECK(read == doctest::Approx(t.log_probability).epsilon(1e-12));
        sum += read;
    }
    CHECK(tales_log_probability(tales_text(13, 3000)) == doctest::Approx(sum).epsilon(1e-12));
    CHECK(tales_log_probability("") == 0);
}

TEST_CASE("text that is no tale has probability 0") {
    const std::string story = make_tale(14, 0).text;
    const auto impossible = [](const std::string& text) { return std::isinf(tales_log_probability(text)); };
    CHECK(!impossible(story));
    CHECK(impossible(" " + story));
    CHECK(impossible("\n\n" + story));
    CHECK(impossible(story + "\n" + story));
    CHECK(impossible(story.substr(story.find(". ") + 2)));            // without its beginning
    CHECK(impossible(story.substr(0, story.size() - 2) + " " + story));
    CHECK(impossible(story.substr(0, story.find(". ") + 1) + "\n\n"));   // without its end
    CHECK(impossible("Once upon a time."));
    CHECK(impossible(std::string("One \0sunny", 10)));
    CHECK(impossible("\xff\xfe"));
}

TEST_CASE("after any beginning, the probabilities of the next byte sum to one") {
    const std::string text = tales_text(15, 3);
    for (std::size_t size = 0; size < text.size(); size += 7) {
        std::string next = text.substr(0, size) + '?';
        double sum = 0;
        const double before = tales_log_probability(text.substr(0, size));
        for (int byte = 0; byte < 256; ++byte) {
            next.back() = static_cast<char>(byte);
            sum += std::exp(tales_log_probability(next) - before);
        }
        CHECK_MESSAGE(sum == doctest::Approx(1).epsilon(1e-9), text.substr(0, size));
    }
}

TEST_CASE("all stories of a small grammar: their probabilities are right and sum to one") {
    const tale_grammar g(small_words, small_plots);
    std::map<std::string, double> counts;
    const std::uint64_t draws = 40000;
    for (std::uint64_t i = 0; i < draws; ++i) counts[make_tale(3, i, g).text] += 1;

    // hat: 3 heroes x 2 colours x (bag or not) x (left out, or glad or sad) x 2 friends; nap: 3 heroes x 2
    CHECK(counts.size() == 3 * 2 * 2 * 3 * 2 + 3 * 2);
    double sum = 0;
    for (const auto& story : counts) {
        const double p = std::exp(tales_log_probability(story.first, g));
        sum += p;
        CHECK_MESSAGE(std::abs(story.second / draws - p) < 5 * std::sqrt(p / draws), story.first);   // 5 deviations
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-12));

    CHECK(tales_log_probability("Eve snores.\n\n", g) == doctest::Approx(std::log(1. / 2 / 3 / 2)));
    CHECK(tales_log_probability("Eve has an orange hat. \"Is this orange hat yours?\" asks Tom.\n\n", g) ==
          doctest::Approx(std::log(1. / 2 / 3 / 2 / 2 / 2 / 2)));
    CHECK(tales_log_probability("Eve", g) == doctest::Approx(std::log(1. / 3)));
    CHECK(tales_log_probability("Eve s", g) == doctest::Approx(std::log(1. / 2 / 3)));
}

TEST_CASE("a plot with two ways to one text: the probabilities of both are added") {
    const plot plots[] = {{"Twice", "It is [red|{colour}|blue]."}};
    const tale_grammar g(small_words, plots);
    CHECK(tales_log_probability("It is red.\n\n", g) == doctest::Approx(std::log(1. / 3 + 1. / 6)));
}

TEST_CASE("mistakes in a plot are errors that name the plot and the line") {
    const auto complaint_about = [](std::string_view lines) -> std::string {
        const plot plots[] = {{"Broken", lines}};
        try {
            tale_grammar(small_words, plots);
        } catch (const error& e) {
            CHECK(std::string(e.what()).find("plot 'Broken', line") == 0);
            return e.about().found;
        }
        return "nothing";
    };
    CHECK(complaint_about("{Hero} is [glad].") == "nothing");
    CHECK(complaint_about("{Hero} is [glad].\n{Heron} too.") == "an unknown slot");
    CHECK(complaint_about("{Hero} is [gladd].") == "an unknown slot");
    CHECK(complaint_about("{Hero} is glad") == "no full stop");
    CHECK(complaint_about("he is [glad].") == "a small first letter");
    CHECK(complaint_about("{He} is [glad].") == "a pronoun of nobody");
    CHECK(complaint_about("{Hero} met {friend.him}.") == "a pronoun of somebody not yet named");
    CHECK(complaint_about("{Hero} met {hero.hers}.") == "an unknown pronoun");
    CHECK(complaint_about("{Hero} is {glad.his}.") == "a pronoun of somebody not yet named");
    CHECK(complaint_about("{Hero} is [glad|sad.") == "a [ without its ]");
    CHECK(complaint_about("{Hero} is {glad.") == "a { without its }");
    CHECK(complaint_about("{Hero} is glad|sad.") == "a | or ] without its [");
    CHECK(complaint_about("{Hero} is glad}.") == "a } without its {");
    CHECK(complaint_about("| {Hero} is glad.") == "no sentence above");
    CHECK(complaint_about("{Hero} is [glad].\n|") == "a last sentence left out");
    CHECK(complaint_about("{Hero} is glad. So is {friend}.") == "a second sentence on the line");
    CHECK(complaint_about("\"Stop!\" {hero} cries.") == "a second sentence on the line");
    CHECK(complaint_about("\n") == "no sentences");
    CHECK(complaint_about("{Pair} met {twin} and [pair].") == "no word left to draw");

    const word_list twice[] = {{"hero", "Ida"}, {"hero", "Tom"}};
    const word_list empty[] = {{"hero", "Ida, , Tom"}};
    const word_list few[] = {{"hero friend", "Ida"}};
    CHECK_THROWS_AS(tale_grammar(twice, {}), error);
    CHECK_THROWS_AS(tale_grammar(empty, {}), error);
    CHECK_THROWS_AS(tale_grammar(few, {}), error);
    CHECK_THROWS_AS(tale_grammar(small_words, {}), error);   // no plots
}
