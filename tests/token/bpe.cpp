#include <stepgpt/token/bpe.hpp>
#include <stepgpt/token/byte_alphabet.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

// Bytes in GPT-2's order, and these merges.
tokenizer with_merges(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string lines;
    for (const auto& [left, right] : pairs) lines += to_byte_alphabet(left) + " " + to_byte_alphabet(right) + "\n";
    return tokenizer_from_merges(lines, "merges");
}

std::vector<std::string> texts(const tokenizer& t, std::string_view text) {
    std::vector<std::string> all;
    for (const token id : t.encode(text)) all.emplace_back(t.bytes(id));
    return all;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the merge of the lowest rank goes first, the leftmost of equals") {
    const tokenizer t = with_merges({{"e", "r"}, {"l", "o"}, {"lo", "w"}, {" ", "low"}});
    CHECK(t.name() == "bpe");
    CHECK(t.vocab_size() == 260);
    CHECK(texts(t, "low lower slow") == strings{"low", " low", "er", " ", "s", "low"});   // no merge of " s"
    CHECK(texts(with_merges({{"a", "a"}}), "aaaaa") == strings{"aa", "aa", "a"});
    CHECK(texts(with_merges({{"a", "b"}, {"b", "c"}}), "abc") == strings{"ab", "c"});
    CHECK(texts(with_merges({{"b", "c"}, {"a", "b"}}), "abc") == strings{"a", "bc"});
}

TEST_CASE("merges stay within a piece") {
    const tokenizer t = with_merges({{"a", " "}, {" ", "b"}, {"a", "1"}});
    CHECK(texts(t, "a b a1") == strings{"a", " b", " ", "a", "1"});
}

TEST_CASE("any bytes come back") {
    const tokenizer t = with_merges({{"t", "h"}, {"th", "e"}, {" ", "the"}, {"\xc3", "\xa9"}, {"\xff", "\xff"}});
    for (std::uint32_t n = 0; n < 3000; ++n) {
        const auto text = test::random_text(n, 40, test::difficult_parts());
        REQUIRE(t.decode(t.encode(text)) == text);
    }
}

TEST_CASE("long pieces give what short ones give") {
    // Random merges of a and b; every string of them in one piece, once by looking at all ranks, once by the heap.
    const random_numbers draw(5, stream::test);
    for (std::uint32_t n = 0; n < 300; ++n) {
        vocabulary pieces;
        for (const unsigned char byte : gpt2_alphabet.order) {
            const char piece = static_cast<char>(byte);
            pieces.add({&piece, 1});
        }
        merge_table merges;
        std::vector<token> known = {pieces.find("a"), pieces.find("b")};
        for (std::uint64_t i = 0; i < 12; ++i) {
            const token left = known[draw.below(known.size(), 1000 * n + 2 * i)], right = known[draw.below(known.size(), 1000 * n + 2 * i + 1)];
            const token result = pieces.add(std::string(pieces[left]) + std::string(pieces[right]));
            merges.add({left, right, result});
            known.push_back(result);
        }
        const bpe_tokenizer t(pieces, merges);
        const auto text = test::random_text(n, 60, {"a", "b", "ab"});
        std::vector<token> fast, plain;
        t.merge_piece(text, fast);
        for (const char byte : text) plain.push_back(pieces.find({&byte, 1}));
        for (;;) {   // the definition: the lowest rank, the leftmost place
            std::uint32_t lowest = merge_table::none;
            std::size_t place = 0;
            for (std::size_t i = 0; i + 1 < plain.size(); ++i)
                if (const auto rank = merges.rank(plain[i], plain[i + 1]); rank < lowest) lowest = rank, place = i;
            if (lowest == merge_table::none) break;
            plain[place] = merges.result(lowest);
            plain.erase(plain.begin() + static_cast<std::ptrdiff_t>(place) + 1);
        }
        REQUIRE_MESSAGE(fast == plain, text);
    }
}

TEST_CASE("GPT-2 is exact") {
    const auto merges = test::shared_data("gpt2/vocab.bpe");
    const auto shakespeare = test::shared_data("tinyshakespeare.txt");
    if (!merges || !shakespeare) return;
    tokenizer t = load_tokenizer_file(*merges);
    t.add_special("<|endoftext|>");
    CHECK(t.vocab_size() == 50257);
    CHECK(t.encode("Hello, world! First Citizen:") == std::vector<token>{15496, 11, 995, 0, 3274, 22307, 25});
    CHECK(t.encode_special("<|endoftext|>") == std::vector<token>{50256});
    CHECK(t.encode("<|endoftext|>").size() > 1);

    const auto text = test::read(*shakespeare);
    const std::string_view whole = text;
    const std::size_t nine_tenths = text.size() * 9 / 10;
    CHECK(t.encode(whole.substr(0, nine_tenths)).size() == 301966);
    CHECK(t.encode(whole.substr(nine_tenths)).size() == 36059);
    const auto ids = t.encode(whole);
    CHECK(ids.size() == 338025);
    CHECK(t.decode(ids) == text);

    const int threads = thread_count();
    for (const int n : {1, 3, 8}) {
        set_thread_count(n);
        CHECK(t.encode(whole) == ids);
    }
    set_thread_count(threads);
}

TEST_CASE("long runs of one thing take linear time") {
    const auto merges = test::shared_data("gpt2/vocab.bpe");
    if (!merges) return;
    const tokenizer t = load_tokenizer_file(*merges);
    for (const std::string part : {"a", " ", "\n", "=", "7", "é", "中", "😀", "ab", "\xff"}) {
        std::string text;
        while (text.size() < 200000) text += part;
        REQUIRE(t.decode(t.encode(text)) == text);
    }
}

TEST_CASE("without all bytes there is no byte-pair vocabulary") {
    vocabulary pieces;
    pieces.add("a");
    CHECK(test::has(test::message([&] { bpe_tokenizer(pieces, merge_table()); }), "found no piece for byte 0"));
}
