// Step 04: what a model is shown. x, and under it y: for every token the one that comes next.
//
// The ids lie in a file; windows of it are the rows of a batch. Which windows come is a function of the seed and of a
// position of two numbers, so that a run which is resumed sees what it would have seen.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/batch/window.hpp>
#include <stepgpt/token/tokenizer.hpp>

using namespace stepgpt;

constexpr std::size_t B = 4, T = 12;   // rows of a batch, tokens of a row
bool all_well = true;

void check(const char* name, bool ok) {
    std::printf("CHECK %-62s %s\n", name, ok ? "ok" : "FAILED");
    all_well = all_well && ok;
}

void print_row(const char* name, const tokenizer& t, const token_ids<>& rows, std::size_t b) {
    std::printf("  %s ", name);
    for (std::size_t i = 0; i < T; ++i) {
        const std::string shown = t.show(rows(b, i));
        std::printf("%3s", shown == " " ? "_" : shown.c_str());
    }
    std::printf("\n");
}

int main() {
    const std::string text = "the quick brown fox jumps over the lazy dog, and the lazy dog sleeps on.";
    character_trainer trainer;
    trainer.add(text);
    const tokenizer t = trainer.train();
    write_token_file("train.bin", t.vocab_size(), t.encode(text));
    const token_shards ids = token_file("train.bin", t.vocab_size());
    std::printf("%zu characters, %zu different ones, %ju bytes in train.bin\n\n", ids.size(), t.vocab_size(),
                static_cast<std::uintmax_t>(std::filesystem::file_size("train.bin")));

    token_ids<> x, y;                                      // (B,T)
    loader batches(ids, B, T, 1);
    batches.next(x, y);
    bool shifted = true, next_in_text = true;
    for (std::size_t b = 0; b < B; ++b) {
        print_row("x", t, x, b);
        print_row("y", t, y, b);
        std::printf("\n");
        std::string row;
        for (std::size_t i = 0; i < T; ++i) row += t.bytes(x(b, i));
        row += t.bytes(y(b, T - 1));
        next_in_text = next_in_text && text.find(row) != std::string::npos;
        for (std::size_t i = 0; i + 1 < T; ++i) shifted = shifted && y(b, i) == x(b, i + 1);
    }
    check("y[t] is x[t + 1]", shifted);
    check("a row and its last target are a stretch of the text", next_in_text);

    bool last_seen = false;
    for (int step = 0; step < 100; ++step) {
        batches.next(x, y);
        for (std::size_t b = 0; b < B; ++b) {
            std::vector<token> row(x.data() + b * T, x.data() + (b + 1) * T);
            row.push_back(y(b, T - 1));
            last_seen = last_seen || t.decode(row) == text.substr(text.size() - T - 1);
        }
    }
    check("the last window ends at the end of the text", last_seen);

    loader resumed(ids, B, T, 1);
    resumed.seek(batches.position());
    token_ids<> x_again, y_again;
    batches.next(x, y);
    resumed.next(x_again, y_again);
    check("from the same position come the same batches", x == x_again && y == y_again);

    const std::size_t windows = window_count(ids.size(), T);
    std::printf("\nA whole split is evaluated in %zu windows that do not overlap.\n", windows);
    check("they leave out less than a window at the end", ids.size() - 1 - windows * T < T);
    return all_well ? 0 : 1;
}
