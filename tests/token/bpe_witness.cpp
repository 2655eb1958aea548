// GPT-2's ids beside tiktoken's, on texts of every script, emoji, white space, invalid bytes and endless repetition.
// STEPGPT_TEXTS=100000 asks for as many of them; the default is what a test may take.
#include <stepgpt/token/bpe.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include <cstdlib>
#include <cstring>

#include "../format/python.hpp"
#include "support.hpp"

using namespace stepgpt;

namespace {

using strings = std::vector<std::string>;

// Words of neighbouring characters: the n-th row of 64 code points that has letters, numbers or marks in it.
std::vector<std::string> scripts() {
    std::vector<std::string> rows;
    for (char32_t first = 0; first < 0x110000; first += 64) {
        std::string row;
        for (char32_t c = first; c < first + 64; ++c)
            if (unicode_classes()[c] == unicode_class::letter || unicode_classes()[c] == unicode_class::number ||
                unicode_classes()[c] == unicode_class::mark)
                append_utf8(row, c);
        if (!row.empty()) rows.push_back(row);
    }
    return rows;
}

// Each character of a text as a text.
strings characters_of(const std::string& text) {
    strings all;
    for (std::size_t at = 0; at < text.size(); at += all.back().size())
        all.push_back(text.substr(at, decode_utf8(text, at).length));
    return all;
}

// Every character from one to another.
strings characters(char32_t first, char32_t last) {
    strings all(last - first + 1);
    for (char32_t c = first; c <= last; ++c) append_utf8(all[c - first], c);
    return all;
}

strings operator+(strings a, const strings& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// The n-th text: all kinds in turn.
std::string text(std::uint32_t n) {
    static const strings rows = scripts(), difficult = test::difficult_parts();
    static const strings emoji = characters(0x1F300, 0x1F64F) + characters(0x1F680, 0x1F6C5) + characters(0x1F1E6, 0x1F1FF) +
                                 strings{"\u200d", "\ufe0f", "❤", " ", "ok", "1\ufe0f\u20e3"};
    static const strings white = {" ", " ", " ", "\t", "\n", "\n", "\r\n", "\v", "\f", "\u00a0", "\u1680", "\u2003", "\u2009",
                                  "\u2028", "\u202f", "\u205f", "\u3000", "\u0085", "a", "1", "!", "\u200b", "'s"};
    static const strings words = {" the", "The", " o'er", "don't", " we'll", "'Tis", " 1,000.50", " (and", ")", "...", "--", " x_y",
                                  " ", "\n\n", " antidisestablishmentarianism", "'", "\"", " http://a.b/c?d=e&f", "I'VE", " CO2"};
    const random_numbers draw(7, stream::test, n);
    switch (n % 8) {
        case 0: return test::random_text(n, 40, difficult);
        case 1:
        case 2: return test::random_text(n, 20, characters_of(rows[(n / 8 * 2 + n % 2) % rows.size()]) + strings{" ", " ", ",", "a"});
        case 3: return test::random_text(n, 20, emoji);
        case 4: return test::random_text(n, 40, white);
        case 5: return test::random_text(n, 30, words);
        case 6: {                                                 // any bytes
            std::string bytes(draw.below(40, 0), '\0');
            for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(draw.below(256, i + 1));
            return bytes;
        }
        default: {                                                // one thing again and again
            const std::string part = difficult[draw.below(difficult.size(), 0)] +
                                     (draw.below(2, 1) ? difficult[draw.below(difficult.size(), 2)] : "");
            const std::uint64_t times = n % 256 == 7 ? 10000 : draw.below(100, 3);
            std::string repeated = draw.below(2, 4) ? "x" : "";
            for (std::uint64_t i = 0; i < times; ++i) repeated += part;
            return repeated;
        }
    }
}

std::string number(std::size_t value) {
    const auto narrow = static_cast<std::uint32_t>(value);
    return {reinterpret_cast<const char*>(&narrow), sizeof narrow};
}

}  // namespace

TEST_CASE("tiktoken gives the same ids for every text and every piece of bytes") {
    const auto merges = test::shared_data("gpt2/vocab.bpe");
    if (!merges) return;
    const test::temporary_folder folder;
    const tokenizer t = load_tokenizer_file(*merges);
    const tokenizer whole_first = tokenizer_from_tiktoken(to_tiktoken(t), "gpt2.tiktoken");
    test::write(folder / "gpt2.tiktoken", to_tiktoken(t));

    std::string texts, ids;
    const auto ask = [&](char kind, const std::string& bytes, const std::vector<token>& ours) {
        texts += kind + number(bytes.size()) + bytes;
        ids += number(ours.size()) + std::string(reinterpret_cast<const char*>(ours.data()), ours.size() * sizeof(token));
    };
    const char* const asked = std::getenv("STEPGPT_TEXTS");
    const int count = asked ? std::atoi(asked) : 4000;
    for (int n = 0; n < count; ++n) {
        const std::string bytes = text(static_cast<std::uint32_t>(n));
        const std::vector<token> ours = t.encode(bytes);
        REQUIRE(whole_first.encode(bytes) == ours);
        REQUIRE(t.decode(ours) == bytes);
        if (is_utf8(bytes)) {
            ask('t', bytes, ours);
            continue;
        }
        // tiktoken takes text only: the repaired text as a whole, and the bytes piece by piece.
        const std::string repaired = repair_utf8(bytes).text;
        ask('t', repaired, t.encode(repaired));
        std::vector<token> joined;
        const gpt2_split split;
        for (std::string_view left = bytes; !left.empty();) {
            const std::string piece(left.substr(0, split.first(left)));
            const std::vector<token> part = t.encode(piece);
            ask('p', piece, part);
            joined.insert(joined.end(), part.begin(), part.end());
            left.remove_prefix(piece.size());
        }
        REQUIRE(joined == ours);
    }
    test::write(folder / "texts", texts);
    test::write(folder / "ids", ids);
    const auto said = test::run_python("tiktoken", "tiktoken_witness.py", folder.path());
    if (said) CHECK(test::has(*said, " equal"));
    if (said && asked) MESSAGE(*said);
}
