// Fine-tuning is what it is in PyTorch: from the same weights, on the same batches, with the same settings, the same losses.
#include "../format/python.hpp"

#include <cmath>
#include <sstream>
#include <vector>

#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>

using namespace stepgpt;

TEST_CASE("ten steps of fine-tuning give PyTorch's losses") {
    test::temporary_folder folder;
    const std::size_t steps = 10, B = 3, T = 24;
    const gpt_config sizes{.vocab_size = 97, .block_size = 32, .n_layer = 2, .n_head = 4, .n_embd = 64};
    gpt<float> model(sizes, 5);
    save_pretrained(folder / "base", model, {{"config.json", config_text(sizes)}});
    const random_numbers draw(1, stream::test);
    std::vector<std::int64_t> ids(steps * B * (T + 1));
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(draw.below(10, i) * draw.below(10, i + 999));
    save_safetensors(folder / "batches.safetensors", {{"ids", {steps, B, T + 1}, std::span<const std::int64_t>(ids)}});

    const auto said = test::run_python("torch, transformers, safetensors", "finetune_witness.py", folder.path());
    if (!said) return;
    std::istringstream theirs(*said);

    const auto all = parameters(model);
    adamw<float> rule({.beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1}, all);
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    token_ids<> inputs, targets;                        // (B,T)
    resize(inputs, {B, T});
    resize(targets, {B, T});
    double first = 0, last = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        for (std::size_t b = 0; b < B; ++b)
            for (std::size_t t = 0; t < T; ++t) {
                const std::int64_t* at = ids.data() + (step * B + b) * (T + 1) + t;
                inputs(b, t) = static_cast<token>(at[0]);
                targets(b, t) = static_cast<token>(at[1]);
            }
        zero_gradients(simd{}, all);
        const double loss = model.loss(inputs, targets, cache, {.training = true});
        model.backward(inputs, targets, cache, gradients);
        rule.step(all, 1e-3, clip_scale(gradient_norm(simd{}, all), 1));
        std::string word;
        double wanted = 0;
        while (theirs >> word && word != "loss") {}
        const bool read = static_cast<bool>(theirs >> wanted);
        REQUIRE(read);
        CHECK(std::abs(loss - wanted) <= 1e-4);
        (step == 0 ? first : last) = loss;
    }
    CHECK(last < first - 0.1);
}
