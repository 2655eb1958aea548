// Step 03: how text becomes tokens, and where tokens come from.
//
// A nursery rhyme begins as bytes. Again and again the pair of neighbours that occurs most often becomes a token of its
// own: written out here by hand, with all counts made anew before every merge, and then by the library's trainer, which
// keeps its counts up to date and must find the same merges.
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/tokenizer.hpp>

using namespace stepgpt;
using pair = std::pair<std::string, std::string>;

const std::string rhyme =
    "This is the house that Jack built.\n"
    "This is the malt that lay in the house that Jack built.\n"
    "This is the rat that ate the malt that lay in the house that Jack built.\n"
    "This is the cat that killed the rat that ate the malt that lay in the house that Jack built.\n";

constexpr std::size_t merges_wanted = 10;
bool all_well = true;

void check(const char* name, bool ok) {
    std::printf("CHECK %-62s %s\n", name, ok ? "ok" : "FAILED");
    all_well = all_well && ok;
}

// The pieces that merges stay within: a word with the space before it, a full stop, a line end.
std::vector<std::vector<std::string>> words_as_bytes(std::string_view text) {
    std::vector<std::vector<std::string>> words;
    const gpt2_split split;
    while (!text.empty()) {
        const std::size_t length = split.first(text);
        words.emplace_back();
        for (const char byte : text.substr(0, length)) words.back().emplace_back(1, byte);
        text.remove_prefix(length);
    }
    return words;
}

void replace_everywhere(std::vector<std::vector<std::string>>& words, const pair& best) {
    for (auto& word : words) {
        for (std::size_t i = 0; i + 1 < word.size(); ++i) {
            if (word[i] != best.first || word[i + 1] != best.second) continue;
            word[i] += word[i + 1];
            word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }
}

int main() {
    auto words = words_as_bytes(rhyme);
    std::map<std::string, std::size_t> ids;   // equally frequent pairs: the smaller ids go first
    for (const unsigned char byte : gpt2_alphabet.order) ids.emplace(std::string(1, static_cast<char>(byte)), ids.size());

    std::printf("merges by hand\n\n");
    std::vector<pair> by_hand;
    while (by_hand.size() < merges_wanted) {
        std::map<pair, std::size_t> counts;
        for (const auto& word : words)
            for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
        pair best;
        for (const auto& [candidate, count] : counts) {
            const std::size_t most = best.first.empty() ? 0 : counts[best];
            const auto order = [&ids](const pair& p) { return std::pair(ids[p.first], ids[p.second]); };
            if (count > most || (count == most && order(candidate) < order(best))) best = candidate;
        }
        std::printf("  %2zu   %2zu times   [%s] + [%s]\n", by_hand.size(), counts[best], best.first.c_str(), best.second.c_str());
        replace_everywhere(words, best);
        ids.emplace(best.first + best.second, ids.size());
        by_hand.push_back(best);
    }

    bpe_trainer trainer;
    trainer.vocab_size = 256 + merges_wanted;
    std::vector<pair> by_library;
    trainer.on_merge = [&](std::size_t, std::uint64_t, std::string_view left, std::string_view right) {
        by_library.emplace_back(left, right);
    };
    trainer.add(rhyme);
    const tokenizer t = trainer.train();

    const std::vector<token> tokens = t.encode("This is the cat that Jack built.");
    std::printf("\n32 bytes are now %zu tokens:\n\n ", tokens.size());
    for (const token id : tokens) std::printf(" [%s]", t.show(id).c_str());

    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
    std::printf("\n\n");
    check("the library finds the same merges", by_library == by_hand);
    check("what is encoded comes back", t.decode(t.encode(rhyme)) == rhyme);
    check("so does what was never seen: all 256 bytes", t.decode(t.encode(every_byte)) == every_byte);
    check("the rhyme has become shorter", t.encode(rhyme).size() < rhyme.size() / 3 * 2);
    return all_well ? 0 : 1;
}
