#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/tokenizer.hpp>

#include <map>

#include "support.hpp"

using namespace stepgpt;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs merges_of(const bpe_tokenizer& t) {
    pairs all;
    for (const merge& m : t.merges().list()) all.emplace_back(t.pieces()[m.left], t.pieces()[m.right]);
    return all;
}

// The definition, without any of the book-keeping: count everything anew before every merge.
pairs plain_merges(std::string_view text, std::size_t vocab_size, std::uint64_t min_count) {
    vocabulary vocab;
    token byte_ids[256];
    for (const unsigned char byte : gpt2_alphabet.order) {
        const char piece = static_cast<char>(byte);
        byte_ids[byte] = vocab.add({&piece, 1});
    }
    std::vector<std::vector<token>> rows;
    const gpt2_split split;
    for (std::string_view left = text; !left.empty(); left.remove_prefix(rows.back().empty() ? 0 : split.first(left))) {
        rows.emplace_back();
        for (const char byte : left.substr(0, split.first(left))) rows.back().push_back(byte_ids[static_cast<unsigned char>(byte)]);
    }
    pairs merges;
    while (vocab.size() < vocab_size) {
        std::map<std::pair<token, token>, std::uint64_t> counts;   // in the order of the tie rule
        for (const auto& row : rows)
            for (std::size_t i = 0; i + 1 < row.size(); ++i) ++counts[{row[i], row[i + 1]}];
        std::pair<token, token> best;
        std::uint64_t most = 0;
        for (const auto& [pair, count] : counts)
            if (count > most) most = count, best = pair;
        if (most < min_count || most == 0) break;
        merges.emplace_back(vocab[best.first], vocab[best.second]);
        const token result = vocab.add(merges.back().first + merges.back().second);
        for (auto& row : rows)
            for (std::size_t i = 0; i + 1 < row.size(); ++i)
                if (row[i] == best.first && row[i + 1] == best.second) {
                    row[i] = result;
                    row.erase(row.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                }
    }
    return merges;
}

}  // namespace

TEST_CASE("the most frequent pair is merged, then the next") {
    bpe_trainer trainer;
    trainer.vocab_size = 259;
    trainer.add("aaabdaaabac");   // Wikipedia's example, in which "aa" goes first, then "aaa" or "ab"
    std::vector<std::string> told;
    trainer.on_merge = [&](std::size_t rank, std::uint64_t count, std::string_view left, std::string_view right) {
        told.push_back(std::to_string(rank) + " " + std::to_string(count) + " " + std::string(left) + "+" + std::string(right));
    };
    const tokenizer t = trainer.train();
    CHECK(told == std::vector<std::string>{"0 4 a+a", "1 2 a+b", "2 2 aa+ab"});
    CHECK(t.vocab_size() == 259);
    std::vector<std::string> pieces;
    for (const token id : t.encode("aaabdaaabac")) pieces.emplace_back(t.bytes(id));
    CHECK(pieces == std::vector<std::string>{"aaab", "d", "aaab", "a", "c"});
}

TEST_CASE("of equally frequent pairs the smaller ids go first") {
    bpe_trainer trainer;
    trainer.vocab_size = 258;
    trainer.min_count = 1;
    trainer.add("zy ba cd");
    CHECK(merges_of(trainer.train()) == pairs{{"b", "a"}, {"c", "d"}});   // "z" and " " have larger ids
}

TEST_CASE("the trainer stops when pairs get rare, or none is left") {
    bpe_trainer trainer;
    trainer.add("abc abc xyz");
    CHECK(merges_of(trainer.train()) == pairs{{"a", "b"}, {"ab", "c"}});
    trainer.min_count = 1;
    CHECK(trainer.train().pieces().size() == 256 + 2 + 1 + 3);   // abc, then " abc", then " xyz"
    trainer.vocab_size = 256;
    CHECK(trainer.train().merges().list().empty());
    trainer.vocab_size = 255;
    CHECK(test::has(test::message([&] { trainer.train(); }), "found 255, wanted at least 256"));
    CHECK(bpe_trainer().train().pieces().size() == 256);
}

TEST_CASE("counts kept up to date are counts made anew") {
    for (std::uint32_t n = 0; n < 150; ++n) {
        const auto text = n % 2 ? test::random_text(n, 60, {"a", "b", "ab", " ", "aa", "c"}) : test::random_text(n, 60, test::difficult_parts());
        bpe_trainer trainer;
        trainer.vocab_size = 256 + 40;
        trainer.min_count = 1 + n % 3;
        trainer.add(text);
        REQUIRE_MESSAGE(merges_of(trainer.train()) == plain_merges(text, trainer.vocab_size, trainer.min_count), text);
    }
}

TEST_CASE("the text may come in parts, and threads do not matter") {
    std::string text;
    for (std::uint32_t n = 0; text.size() < 300000; ++n) text += " " + test::random_text(n % 997, 5, {"th", "e", "r", "in", "ax", "é"});
    bpe_trainer whole, parts;
    whole.vocab_size = parts.vocab_size = 400;
    const int threads = thread_count();
    set_thread_count(1);
    whole.add(text);
    set_thread_count(3);
    parts.add(std::string_view(text).substr(0, next_cut(text, 200000)));
    parts.add(std::string_view(text).substr(next_cut(text, 200000)));
    set_thread_count(threads);
    CHECK(tokenizer(whole.train()).hash() == tokenizer(parts.train()).hash());
}
