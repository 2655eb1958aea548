#include <stepgpt/finetune/lora.hpp>

#include "../format/python.hpp"

#include <cmath>
#include <vector>

#include <stepgpt/finetune/adapter.hpp>
#include <stepgpt/finetune/change.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>

using namespace stepgpt;

namespace {

const gpt_config sizes{.vocab_size = 40, .block_size = 10, .n_layer = 2, .n_head = 2, .n_embd = 16};
const token_ids<> ids{{1, 9, 17, 3, 25, 8, 33, 2, 5, 12}, {0, 7, 14, 21, 28, 35, 2, 9, 16, 23}};
const token_ids<> targets{{9, 17, 3, 25, 8, 33, 2, 5, 12, 1}, {7, 14, 21, 28, 35, 2, 9, 16, 23, 30}};

// A base that says something: with the small weights of a new model, a head that is frozen could never say anything.
gpt<float> lively_model() {
    gpt<float> model(sizes, 5);
    for (std::size_t i = 0; i < model.embed.wte.value.size(); ++i) model.embed.wte.value.data()[i] *= 25;
    return model;
}

tensor<float, 3> logits_of(const gpt<float>& model) {
    gpt<float>::cache cache;
    return model.forward(ids, cache);
}

double distance(const tensor<float, 3>& a, const tensor<float, 3>& b) {
    double worst = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max<double>(worst, std::abs(a.data()[i] - b.data()[i]));
    return worst;
}

double learn(gpt<float>& model, int steps) {
    const auto all = parameters(model);
    adamw<float> rule({}, all);
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    double loss = 0;
    for (int step = 0; step < steps; ++step) {
        zero_gradients(simd{}, all);
        loss = model.loss(ids, targets, cache, {.training = true, .seed = 3, .step = static_cast<std::uint32_t>(step)});
        model.backward(ids, targets, cache, gradients);
        rule.step(all, 0.01, 1);
    }
    return loss;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string trouble(const adapter_settings& s) {
    gpt<float> model(sizes, 1);
    try {
        add_lora(model, s, 1);
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("lora: at first the base model bit by bit; then it learns while the base stays; merged is the same model") {
    gpt<float> base = lively_model(), model = lively_model();
    const auto before = logits_of(base);
    const adapter_settings settings{.rank = 4, .alpha = 8, .dropout = 0.1, .targets = {"c_attn", "mlp.c_proj"}};
    CHECK(add_lora(model, settings, 7) == 2 * (4 * (16 + 48) + 4 * (64 + 16)));
    CHECK(logits_of(model) == before);

    const double first = learn(model, 1);
    CHECK(learn(model, 80) < 0.8 * first);
    std::size_t untouched = 0;
    for (const auto& p : parameters(model))
        for (const auto& q : parameters(base))
            if (p.name == q.name) untouched += change_of(p, std::span<const float>(q.value, q.size)).same_bits;
    CHECK(untouched == parameters(base).size());

    const auto learnt = logits_of(model);
    CHECK(distance(learnt, before) > 0.1);
    auto taken = merge_lora(model);
    CHECK(taken.size() == 4);
    CHECK(parameters(model).size() == parameters(base).size());     // a plain model again
    CHECK(distance(logits_of(model), learnt) <= 1e-5);
    unmerge_lora(model, std::move(taken));
    CHECK(distance(logits_of(model), learnt) <= 1e-5);
}

TEST_CASE("lora: an adapter goes out and comes back to the same base with the same bits") {
    test::temporary_folder folder;
    gpt<float> model(sizes, 5), other(sizes, 5);
    const adapter_settings settings{.base = "base", .rank = 3, .alpha = 6, .targets = {"all-linear"}};
    add_lora(model, settings, 7);
    learn(model, 20);
    save_lora(folder / "adapter", model, settings);
    const auto read = load_lora(other, folder / "adapter");
    CHECK(read.rank == 3);
    CHECK(read.scale() == 2);
    CHECK(logits_of(other) == logits_of(model));
    learn(other, 2);                                                // and can be taught further
    gpt<double> wide(sizes, 5), stranger(sizes, 6);                 // the same base in more digits; other weights of its shape
    CHECK(load_lora(wide, folder / "adapter").base == "base");
    CHECK_THROWS_WITH_AS(load_lora(stranger, folder / "adapter"),
                         doctest::Contains("found an adapter that was learnt beside other weights, wanted the base model"), error);
    model.h[0].attn.c_attn.lora.A.value.data()[4] = NAN;
    save_lora(folder / "sick", model, settings);
    CHECK_THROWS_WITH_AS(load_lora(other, folder / "sick"), doctest::Contains("1 of 48 values not finite, the first at index 4"),
                         error);
    merge_lora(model);
    CHECK_THROWS_AS(load_lora(model, folder / "adapter"), error);    // it would count twice

    gpt<float> shallow({.vocab_size = 40, .block_size = 10, .n_layer = 1, .n_head = 2, .n_embd = 16}, 1);
    CHECK_THROWS_WITH_AS(load_lora(shallow, folder / "adapter"),
                         doctest::Contains("found an adapter for a layer that this model lacks"), error);
    gpt<float> narrow({.vocab_size = 40, .block_size = 10, .n_layer = 2, .n_head = 2, .n_embd = 8}, 1);
    CHECK_THROWS_WITH_AS(load_lora(narrow, folder / "adapter"),
                         doctest::Contains("wanted 8 to 24\n  -> this adapter is for another base model: base"), error);
    CHECK(parameters(narrow).size() == parameters(shallow).size() + 12);       // nothing was attached
}

TEST_CASE("lora: targets are ends of layers' names, as in PEFT") {
    CHECK(is_target("h.0.attn.c_proj", {"c_proj"}));
    CHECK(is_target("h.0.mlp.c_proj", {"c_fc", "c_proj"}));
    CHECK_FALSE(is_target("h.0.mlp.c_proj", {"attn.c_proj"}));
    CHECK_FALSE(is_target("h.0.mlp.c_proj", {"proj"}));
    CHECK(is_target("h.0.mlp.c_proj", {"all-linear"}));
    CHECK(is_target("h.0.mlp.c_proj", {"h.0.mlp.c_proj"}));
    CHECK(has(trouble({.rank = 0}), "'rank': found 0"));
    CHECK(has(trouble({.rank = 17}), "'rank': found 17, wanted 1 to n_embd = 16"));
    CHECK(has(trouble({.alpha = NAN}), "'alpha'"));
    CHECK(has(trouble({.dropout = 1}), "'dropout'"));
    CHECK(has(trouble({.targets = {"c_attn", "q_proj"}}), "'q_proj': found no layer of such a name"));
    CHECK(trouble({}) == "accepted");
}

TEST_CASE("lora: PEFT reads what was trained here, with the same logits") {
    test::temporary_folder folder;
    gpt<float> model(sizes, 5);
    save_pretrained(folder / "base", model, {{"config.json", config_text(sizes)}});
    const adapter_settings settings{.base = "base", .rank = 4, .alpha = 8, .targets = {"c_attn", "c_fc", "mlp.c_proj"}};
    add_lora(model, settings, 7);
    learn(model, 30);
    save_lora(folder / "adapter", model, settings);
    const auto logits = logits_of(model);
    const std::vector<std::int64_t> wide(ids.data(), ids.data() + ids.size());
    save_safetensors(folder / "ours_logits.safetensors",
                     {{"ids", {2, 10}, std::span<const std::int64_t>(wide)},
                      {"logits", {2, 10, 40}, std::span<const float>(logits.data(), logits.size())}});
    const auto said = test::run_python("torch, transformers, peft", "peft_witness.py", folder.path());
    if (!said) return;
    const auto number = [&](const std::string& what) { return std::atof(said->c_str() + said->find(what) + what.size()); };
    CHECK(number("ours differs by ") <= 1e-4);
    CHECK(number("adapter changes ") > 0.01);
}

TEST_CASE("change: how far each tensor has moved") {
    test::temporary_folder folder;
    gpt<float> model(sizes, 5);
    save_pretrained(folder / "base", model, {{"config.json", config_text(sizes)}});
    auto& w = model.h[1].attn.c_proj.weight.value;
    const float was = w(2, 3);
    double length = 0;
    for (std::size_t i = 0; i < w.size(); ++i) length += static_cast<double>(w.data()[i]) * w.data()[i];
    w(2, 3) += 0.5f;
    const auto all = changes(folder / "base", parameters(model));
    CHECK(all.size() == parameters(model).size());
    for (const auto& c : all) {
        CHECK(c.same_bits == (c.name != "h.1.attn.c_proj.weight"));
        if (!c.same_bits) {
            CHECK(c.largest == doctest::Approx(w(2, 3) - was));
            CHECK(c.moved() == doctest::Approx(0.5 / std::sqrt(length)).epsilon(1e-5));
        }
    }
    CHECK(has(change_text(all), "1 of 28 tensors moved, by "));
    CHECK(has(change_text(all), "most h.1.attn.c_proj.weight; 27 have the same bits"));
    write_changes(folder / "changes.csv", all);
    CHECK(has(test::read(folder / "changes.csv"), "\nwte.weight,640,0,0\n"));
}
