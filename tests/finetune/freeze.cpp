#include <stepgpt/finetune/freeze.hpp>

#include <cstring>
#include <vector>

#include <doctest/doctest.h>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>

using namespace stepgpt;

TEST_CASE("a pattern stands for names") {
    CHECK(stands_for("h.1.ln_1.weight", "h.1.ln_1.weight"));
    CHECK_FALSE(stands_for("h.1.ln_1", "h.1.ln_1.weight"));
    CHECK(stands_for("h.1.*", "h.1.attn.c_attn.weight"));
    CHECK_FALSE(stands_for("h.1.*", "h.11.attn.c_attn.weight"));
    CHECK(stands_for("*.bias", "h.0.ln_1.bias"));
    CHECK(stands_for("h.*.attn.*", "h.3.attn.c_proj.bias"));
    CHECK(stands_for("*", ""));
    CHECK(stands_for("a*b*c", "a-b-b-c"));
    CHECK_FALSE(stands_for("a*b*c", "a-b-b"));
    CHECK(stands_for("***", "x"));
    CHECK_FALSE(stands_for("", "x"));
}

TEST_CASE("weights that do not learn keep their bits, through decay and clipping; the others move") {
    gpt<float> model({.vocab_size = 17, .block_size = 8, .n_layer = 3, .n_head = 2, .n_embd = 16, .dropout = 0.1}, 1);
    const auto all = parameters(model);
    CHECK(train_only(all, {"h.2.*", "ln_f.*", "h.0.attn.c_attn.bias"}) == 12 * 16 * 16 + 13 * 16 + 2 * 16 + 48);
    std::vector<std::vector<float>> before;
    for (const auto& p : all) before.emplace_back(p.value, p.value + p.size);

    adamw<float> rule({.weight_decay = 0.5}, all);
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    const token_ids<> ids{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}}, targets{{2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13}};
    for (std::uint32_t step = 0; step < 5; ++step) {
        zero_gradients(simd{}, all);
        model.loss(ids, targets, cache, {.training = true, .seed = 1, .step = step});
        model.backward(ids, targets, cache, gradients);
        rule.step(all, 0.01, clip_scale(gradient_norm(simd{}, all), 1));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(all[i].name);
        CHECK((std::memcmp(all[i].value, before[i].data(), all[i].size * sizeof(float)) == 0) == !*all[i].trainable);
    }
    CHECK(rule.state(all).size() == 2 * (12 + 2 + 1));              // frozen weights have no moments
}

TEST_CASE("a pattern for nothing is an error that names the nearest weight") {
    gpt<float> model({.vocab_size = 5, .block_size = 4, .n_layer = 1, .n_head = 1, .n_embd = 4}, 1);
    CHECK_THROWS_WITH_AS(train_only(parameters(model), {"h.0.*", "wte.wieght"}),
                         doctest::Contains("'wte.wieght': found no weight of such a name"), error);
    CHECK_THROWS_WITH_AS(train_only(parameters(model), {"wte.wieght"}), doctest::Contains("did you mean 'wte.weight'?"), error);
}
