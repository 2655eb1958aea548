// The time of a training step of a GPT on a GPU, in bf16: forward, backward, clipping and AdamW, on random tokens.
//
//     benchmark_cuda_training_step LAYERS HEADS CHANNELS BLOCK VOCABULARY BATCH DROPOUT [STEPS]
//
// Prints one line: the median seconds of a step, tokens a second, and the losses' first and last. training_step.py runs
// it in turn with PyTorch. Exit code 77: there is no GPU here.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void run(const gpt_config& sizes, std::size_t B, std::size_t steps) {
    gpt<bf16, gpu> model(sizes, 1);
    gpt<bf16, gpu>::cache cache;
    gpt<bf16, gpu>::gradients gradients;
    const auto all = parameters(model);
    adamw<bf16, gpu> rule({}, all);
    token_ids<> ids, targets;
    resize(ids, {B, sizes.block_size});
    resize(targets, {B, sizes.block_size});
    const random_numbers draw(1, stream::test);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids.data()[i] = static_cast<token>(draw.below(sizes.vocab_size, 2 * i));
        targets.data()[i] = static_cast<token>(draw.below(sizes.vocab_size, 2 * i + 1));
    }
    double first = 0, last = 0;
    const auto step = [&](std::size_t number) {
        zero_gradients(gpu{}, all);
        last =
            model.loss(ids, targets, cache, {.training = true, .seed = 1, .step = static_cast<std::uint32_t>(number)});
        if (number == 0) first = last;
        model.backward(ids, targets, cache, gradients);
        rule.step(all, 3e-4, clip_scale(gradient_norm(gpu{}, all), 1));
    };
    std::vector<double> times;
    for (std::size_t i = 0; i < 5 + steps; ++i) {      // the first five are not timed
        device_wait();
        const double start = now();
        step(i);
        device_wait();
        if (i >= 5) times.push_back(now() - start);
    }
    std::sort(times.begin(), times.end());
    const double median = times[times.size() / 2];
    std::printf("seconds %.6f tokens_per_second %.0f first_loss %.4f last_loss %.4f\n", median,
                static_cast<double>(B * sizes.block_size) / median, first, last);
}

}  // namespace

int main(int argc, char** argv) {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::printf("skipped: no GPU here\n");
        return 77;
    }
    if (argc < 8) {
        std::printf("benchmark_cuda_training_step LAYERS HEADS CHANNELS BLOCK VOCABULARY BATCH DROPOUT [STEPS]\n");
        return 1;
    }
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
