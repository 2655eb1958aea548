// A GPT-2 from a Hugging Face folder writes, always the likeliest token: seconds to load, then tokens a second.
//
//     benchmark_generate FOLDER [--threads N] [--tokens N]      one line of figures; the ids that were written
//     benchmark_generate FOLDER --gguf FILE                     the same model for llama.cpp, with characters as tokens
//
// The prompt is 16 tokens; reading it is not counted. generate_table.py runs this beside transformers and llama.cpp, in turn.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/format/gguf_model.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/generate/drafts.hpp>
#include <stepgpt/nn/gpt.hpp>

namespace {

using namespace stepgpt;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double peak_megabytes() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

// So many different characters, since a file for llama.cpp must have a tokenizer, and the folder may have none.
tokenizer any_tokens(std::size_t count) {
    vocabulary pieces;
    for (char32_t c = U'!'; pieces.size() < count; c = c == 0xD7FF ? 0xE000 : c + 1) {
        std::string piece;
        append_utf8(piece, c);
        pieces.add(piece);
    }
    return character_tokenizer(std::move(pieces));
}

}  // namespace

int main(int argc, char** argv) {
    std::string folder, file;
    std::size_t count = 100;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--threads" && i + 1 < argc) set_thread_count(std::atoi(argv[++i]));
        else if (word == "--tokens" && i + 1 < argc) count = std::strtoul(argv[++i], nullptr, 10);
        else if (word == "--gguf" && i + 1 < argc) file = argv[++i];
        else folder = word;
    }
    if (folder.empty()) return std::puts("benchmark_generate FOLDER [--threads N] [--tokens N]"), 2;
    try {
        double began = now();
        auto model = load_pretrained<gpt<float>>(folder);
        const double loaded = now() - began;
        if (!file.empty()) return save_gguf(file, model, any_tokens(model.config.vocab_size)), 0;

        std::vector<token> prompt;
        for (std::size_t i = 0; i < 16; ++i) prompt.push_back(static_cast<token>(37 * i % model.config.vocab_size));
        drafts<gpt<float>> text(model, {prompt}, {.temperature = 0});
        text.advance();
        began = now();
        for (std::size_t i = 1; i < count; ++i) text.advance();
        const double seconds = now() - began;
        std::printf("ours threads %d load_s %.3f tokens_s %.2f peak_mb %.0f\n", thread_count(), loaded,
                    static_cast<double>(count - 1) / seconds, peak_megabytes());
        for (std::size_t i = prompt.size(); i < text[0].ids.size(); ++i) std::printf("%d ", static_cast<int>(text[0].ids[i]));
        std::puts("");
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
