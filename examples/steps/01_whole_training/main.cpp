// Step 1: a whole training, from text to text, on one page.
//
// Stories are written, cut into tokens, and shown to a small GPT that knows nothing; it learns to predict the next token,
// is kept in a folder, comes back from there, and tells stories itself. The steps that follow open each of these boxes.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include <stepgpt/batch/write_data_folder.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/generate/generate.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/text/tales.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/train/trainer.hpp>

using namespace stepgpt;

static bool check(const char* what, bool good) {
    std::printf("CHECK %-55s %s\n", what, good ? "ok" : "FAILED");
    return good;
}

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "stepgpt-whole-training";
    std::filesystem::remove_all(folder);

    // 1. Text. Tales are short stories of a little grammar; any text would do: read_text("my.txt").text.
    const std::string text = tales_text(1, 4000);
    std::printf("%s\n", text.substr(0, text.find("\n\n")).c_str());

    // 2. Tokens: here every character is one. 3. The last tenth is kept aside to judge by.
    const tokenizer tokens = character_tokens(text);
    prepare_text(text, tokens, folder / "data");
    const data_folder data(folder / "data");
    std::printf("\n%zu characters, %zu different ones; the first word as ids:", text.size(), tokens.vocab_size());
    for (const token id : tokens.encode(text.substr(0, text.find(' ')))) std::printf(" %d", id);
    std::printf("\n\n");

    // 4. A GPT: small random weights.
    gpt<float> model({.vocab_size = tokens.vocab_size(), .block_size = 64, .n_layer = 2, .n_head = 2, .n_embd = 64}, 1);
    std::printf("before    %s\n\n", generate(model, tokens, "One ", 60).c_str());

    // 5. Learning: 300 batches; each is predicted, its error goes back through the layers, and AdamW moves the weights.
    train_options options;
    options.steps = 300;
    options.warmup = 30;
    options.lr = 4e-3;
    options.eval_every = 100;
    trainer<gpt<float>> run(model, data, options, folder / "model");
    const train_result result = run.train();

    // 6. The model writes. 7. It is kept, and comes back as it was.
    const sampling how{.temperature = 0.5};
    const std::string told = generate(model, tokens, "One ", 200, how);
    std::printf("\nafter     %s\n\n", told.c_str());
    const auto kept = load_pretrained<gpt<float>>(folder / "model");

    bool good = check("the first loss is near ln V", std::abs(result.first_loss - std::log(tokens.vocab_size())) < 0.15);
    good &= check("it learnt more than pairs of characters say (bigram)", result.best_loss < run.references[2].loss);
    good &= check("the kept model tells the same story", generate(kept, tokens, "One ", 200, how) == told);
    std::filesystem::remove_all(folder);
    return good ? 0 : 1;
}
