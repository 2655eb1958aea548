// The time of a training step of a GPT on a GPU, in bf16, as `train --device cuda --precision bf16` makes it: batches from a
// file, forward, backward, clipping and AdamW in one CUDA graph, two numbers back. Tokens are random.
//
//     benchmark_cuda_training_step LAYERS HEADS CHANNELS BLOCK VOCABULARY BATCH DROPOUT [STEPS]
//
// Prints one line: the median seconds of a step, tokens a second, the losses' first and last, and how many kinds of product
// cuBLASLt left to our own kernels. training_step.py runs
// it in turn with PyTorch. Exit code 77: there is no GPU here.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/learner.hpp>

#include <stepgpt/cuda/model.cuh>

#include "../../gpu/gpu_or_exit.cuh"

using namespace stepgpt;

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// A file of random tokens, which goes when the program does.
class random_text {
public:
    explicit random_text(std::size_t V)
        : path_(std::filesystem::temp_directory_path() / ("stepgpt-random-" + std::to_string(V) + ".bin")) {
        std::vector<token> ids(std::size_t{1} << 22);
        const random_numbers draw(1, stream::test);
        for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(draw.below(V, i));
        write_token_file(path_, V, ids);
    }
    ~random_text() { std::filesystem::remove(path_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

void run(const gpt_config& sizes, std::size_t B, std::size_t steps) {
    const random_text text(sizes.vocab_size);
    const token_shards ids(token_file(text.path(), sizes.vocab_size));
    const train_options options{.batch_size = B, .steps = 5 + steps, .lr = 3e-4, .warmup = 0, .clip = 1};
    gpt<bf16, gpu> model(sizes, 1);
    learner<gpt<bf16, gpu>> student(model, options);
    loader batches(ids, B, sizes.block_size, 1);
    student.rehearse(batches);
    std::vector<double> times;
    double first = 0, last = 0;
    for (std::size_t i = 0; i < 5 + steps; ++i) {      // the first five are not timed: one of them is recorded
        device_wait();
        const double start = now();
        last = student.take(i, batches).loss;
        device_wait();
        if (i == 0) first = last;
        if (i >= 5) times.push_back(now() - start);
    }
    std::sort(times.begin(), times.end());
    const double median = times[times.size() / 2];
    std::printf("seconds %.6f tokens_per_second %.0f first_loss %.4f last_loss %.4f by_hand %d\n", median,
                static_cast<double>(B * sizes.block_size) / median, first, last, products_left_over().load());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 8) {
        std::printf("benchmark_cuda_training_step LAYERS HEADS CHANNELS BLOCK VOCABULARY BATCH DROPOUT [STEPS]\n");
        return 1;
    }
    gpu_or_exit();
    try {
        const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
        gpt_config sizes;
        sizes.n_layer = number(1), sizes.n_head = number(2), sizes.n_embd = number(3), sizes.block_size = number(4);
        sizes.vocab_size = number(5), sizes.dropout = std::strtod(argv[7], nullptr);
        run(sizes, number(6), argc > 8 ? number(8) : 20);
    } catch (const std::exception& e) {
        std::printf("FAILED: %s\n", e.what());
        return 1;
    }
    return 0;
}
