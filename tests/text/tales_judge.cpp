#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>

#include <stepgpt/text/tales.hpp>

using namespace stepgpt;

namespace {

std::string replaced(std::string text, std::string_view old, std::string_view by) {
    const std::size_t at = text.find(old);
    REQUIRE_MESSAGE(at != std::string::npos, text, " lacks ", old);
    return text.replace(at, old.size(), by);
}

// The last place instead of the first.
std::string replaced_late(std::string text, std::string_view old, std::string_view by) {
    const std::size_t at = text.rfind(old);
    REQUIRE_MESSAGE(at != std::string::npos, text, " lacks ", old);
    return text.replace(at, old.size(), by);
}

constexpr word_list words[] = {
    {"hero friend", "she: Ida, Eve, he: Tom, Ben"},
    {"colour", "red, blue, orange"},
    {"toy", "kite, ball, egg"},
    {"place", "the park, the mill"},
};
constexpr plot plots[] = {
    {"The find", R"(
        {Hero} found {a colour} {toy} near {place}.
        {He} put it in {his} bag.
        "Is this {colour} {toy} yours?" asked {friend}.
        "Yes, it is," said {hero}, and gave it to {friend.him}.
    )"},
    {"The walk", R"(
        {Hero} went to {place}.
        {He} saw {friend} there.
    )"},
};

const std::string story = "Ida found a red kite near the mill. She put it in her bag. "
                          "\"Is this red kite yours?\" asked Tom. \"Yes, it is,\" said Ida, and gave it to him.\n\n";

}  // namespace

TEST_CASE("every tale that is written is judged correct") {
    const tale_verdict v = judge_tales(tales_text(21, 5000));
    CHECK(v.stories == 5000);
    CHECK(v.correct_stories == 5000);
    CHECK(v.correct_sentences == v.sentences.size());
    CHECK(v.sentence_share() == 1.0);
    CHECK_MESSAGE(!v.first_fault, v.first_fault->message());
}

TEST_CASE("the judge finds the first fault and says what it is") {
    const tale_grammar g(words, plots);
    const auto fault = [&](const std::string& text) {
        const tale_verdict v = judge_tales(text, g);
        CHECK(v.correct_stories == 0);
        REQUIRE_MESSAGE(v.first_fault, text);
        return *v.first_fault;
    };
    CHECK(judge_tales(story, g).correct_stories == 1);

    auto f = fault(replaced(story, "She put", "He put"));
    CHECK(f.what == tale_fault::wrong_pronoun);
    CHECK(f.message() == "story 1, sentence 2, byte 36: wrong pronoun, found 'He', wanted 'She'");
    CHECK(fault(replaced(story, "to him", "to her")).what == tale_fault::wrong_pronoun);

    f = fault(replaced(story, "this red", "this blue"));
    CHECK(f.what == tale_fault::changed_word);
    CHECK(f.found == "blue");
    CHECK(f.wanted == "red");
    CHECK(fault(replaced(story, "red kite yours", "red ball yours")).what == tale_fault::changed_word);

    f = fault(replaced(story, "said Ida", "said Ben"));
    CHECK(f.what == tale_fault::wrong_name);
    CHECK(f.sentence == 4);

    f = fault(replaced(story, "her bag", "her bbag"));
    CHECK(f.what == tale_fault::unknown_word);
    CHECK(f.found == "bbag");
    CHECK(f.wanted == "bag");
    CHECK(fault(replaced(story, "a red", "an red")).what == tale_fault::unexpected_word);
    CHECK(fault(replaced(story, "asked Tom", "asked Ida")).what == tale_fault::unexpected_word);   // not oneself

    f = fault(replaced(story, "mill. She", "mill She"));                // the full stop is missing
    CHECK(f.what == tale_fault::unexpected_word);
    CHECK(f.wanted == ".");
    CHECK(fault(replaced(story, "yours?\" ", "yours? ")).what == tale_fault::unexpected_word);
    CHECK(fault(replaced(story, "She put it in her bag. ", "")).what == tale_fault::out_of_place);
    CHECK(fault(replaced(story, "bag. ", "bag. She put it in her bag. ")).what == tale_fault::out_of_place);
    CHECK(fault(replaced(story, "bag. ", "bag.\n\n")).what == tale_fault::ended_early);
    CHECK(fault(replaced(story, "mill. ", "mill.  ")).what == tale_fault::spacing);
    CHECK(fault(replaced(story, "mill. ", "mill.\n")).what == tale_fault::spacing);

    f = fault(replaced(story, "\n\n", " Ida went to the mill. ") + story);
    CHECK(f.what == tale_fault::story_over);
    CHECK(f.sentence == 5);

    f = *judge_tales(story + replaced(story, "She", "They"), g).first_fault;
    CHECK(f.story == 2);
    CHECK(f.sentence == 2);
    CHECK(f.offset == story.size() + 36);
}

TEST_CASE("one slip costs one sentence; what contradicts the beginning stays wrong") {
    const tale_grammar g(words, plots);
    const auto correct = [&](const std::string& text) { return judge_tales(text, g).correct_sentences; };
    CHECK(correct(story) == 4);
    CHECK(correct(replaced(story, "She", "He")) == 3);
    CHECK(correct(replaced(story, "this red", "this blue")) == 3);
    CHECK(correct(replaced(story, "a red kite", "an red kite")) == 3);     // then the rest is read as it stands
    CHECK(correct(replaced(replaced(story, "She", "He"), "said Ida", "said Ben")) == 2);
    CHECK(correct("Ida went to the mill. She put it in her bag. She saw Tom there.\n\n") == 2);
    CHECK(correct(replaced(story, "near the mill", "near the the mill") + story) == 7);
}

TEST_CASE("what a text breaks off in is not counted") {
    const tale_grammar g(words, plots);
    const auto counts = [&](const std::string& text) {
        const tale_verdict v = judge_tales(text, g);
        return std::array<std::size_t, 3>{v.sentences.size(), v.correct_sentences, v.stories};
    };
    using counted = std::array<std::size_t, 3>;
    CHECK(counts("") == counted{0, 0, 0});
    CHECK(counts("Ida went to") == counted{0, 0, 0});
    CHECK(counts("Ida went to the mill.") == counted{0, 0, 0});            // a quotation mark could still follow
    CHECK(counts("Ida went to the mill. S") == counted{1, 1, 0});
    CHECK(counts("Ida went to the mill. She saw Tom there.\n") == counted{2, 2, 1});
    CHECK(counts("Ida went to the mill. She saw Tom there.\n\n") == counted{2, 2, 1});
    CHECK(counts("\n\nIda went to the mill. She saw Tom there.\n\nEv") == counted{2, 2, 1});   // a prompt is skipped
    CHECK(judge_tales("", g).sentence_share() == 0);
}

TEST_CASE("any bytes can be judged") {
    std::string noise;
    const stepgpt::random_numbers numbers(22, stream::test);
    const std::string bytes("aT. !?\"\n{}[]|\0\xff", 15);
    for (std::uint64_t i = 0; i < 20000; ++i) noise += bytes[numbers.below(bytes.size(), i)];
    const tale_verdict v = judge_tales(noise);
    CHECK(v.sentences.size() > 100);
    CHECK(v.correct_sentences == 0);
    CHECK(v.correct_stories == 0);
    CHECK(std::isinf(tales_log_probability(noise)));
}

TEST_CASE("planted faults in the tales of the house") {
    const auto caught = [](const std::string& text) {
        return judge_tales(text).correct_stories == 0 && std::isinf(tales_log_probability(text));
    };
    for (std::uint64_t i = 0; i < 200; ++i) {
        const std::string text = make_tale(23, i).text;
        const std::size_t second = sentence_end(text, 0) + 1, third = sentence_end(text, second) + 1;
        const std::string a = text.substr(0, second), b = text.substr(second, third - second);
        const std::string rest = text.substr(third);
        CHECK(!caught(a + b + rest));
        CHECK(caught(a + rest));                                // a sentence is missing
        CHECK(caught(b + a + rest));                            // two are swapped
        CHECK(caught(a + b + b + rest));                        // one comes twice
        CHECK(caught(a + b + replaced_late(rest, ".", "")));    // the last full stop is missing
        CHECK(caught(a + b + replaced_late(rest, "e", "x")));   // an unknown word
    }
}
