// Fine-tuning on a GPU or its simulator: LoRA and frozen weights are what they are on a CPU, and what is saved on one device is read
// on another with the same bits.
#include "support.hpp"

#include <cmath>
#include <vector>

#include <stepgpt/finetune/change.hpp>
#include <stepgpt/finetune/freeze.hpp>
#include <stepgpt/finetune/adapter.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/optim/adamw.hpp>

#include "../support.hpp"

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

const gpt_config sizes{.vocab_size = 40, .block_size = 10, .n_layer = 2, .n_head = 2, .n_embd = 16};
const token_ids<> ids{{1, 9, 17, 3, 25, 8, 33, 2, 5, 12}}, targets{{9, 17, 3, 25, 8, 33, 2, 5, 12, 1}};
const adapter_settings settings{.rank = 4, .alpha = 8, .dropout = 0.1, .targets = {"c_attn", "mlp.c_proj"}};

template <class Model>
void learn(Model& model, int steps) {
    using Device = typename Model::device;
    const auto all = parameters(model);
    adamw<typename Model::real, Device> rule({}, all);
    typename Model::cache cache;
    typename Model::gradients gradients;
    for (int step = 0; step < steps; ++step) {
        model.loss(ids, targets, cache, {.training = true, .seed = 3, .step = static_cast<std::uint32_t>(step)});
        model.backward(ids, targets, cache, gradients, 1, into::write);
        rule.step(all, 0.01, 1);
    }
}

template <class Model>
std::vector<double> logits_of(const Model& model) {
    typename Model::cache cache;
    const auto& y = on_host(model.forward(ids, cache));
    return {y.data(), y.data() + y.size()};
}

// All weights in full precision, by visiting order.
template <class Model>
std::vector<std::vector<double>> weights_of(Model& model) {
    std::vector<std::vector<double>> all;
    const parameters_here here(typename Model::device{}, parameters(model));
    for (const auto& p : here.views()) all.emplace_back(p.value, p.value + p.size);
    return all;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    return largest;
}

}  // namespace

TEST_CASE("cuda: LoRA learns, is saved and is merged as on a CPU") {
    test::temporary_folder folder;
    gpt<double, gpu> there(sizes, 5);
    gpt<double, cpu> here(sizes, 5);
    CHECK(add_lora(there, settings, 7) == add_lora(here, settings, 7));
    learn(there, 4), learn(here, 4);
    CHECK(largest_difference(logits_of(there), logits_of(here)) < 1e-9);

    save_lora(folder / "adapter", there, settings);
    gpt<double, cpu> reader(sizes, 5);
    gpt<double, gpu> again(sizes, 5);
    load_lora(reader, folder / "adapter"), load_lora(again, folder / "adapter");
    CHECK(largest_difference(logits_of(reader), logits_of(there)) < 1e-12);
    CHECK(weights_of(again) == weights_of(there));                       // the same bits, out and in

    const auto before = logits_of(there);
    auto taken = merge_lora(there);
    CHECK(parameters(there).size() == 28);                               // a plain model again
    CHECK(largest_difference(logits_of(there), before) < 1e-12);
    unmerge_lora(there, std::move(taken));
    CHECK(largest_difference(logits_of(there), before) < 1e-12);
}

TEST_CASE("cuda: a bf16 model learns LoRA through masters, and its frozen weights keep their bits") {
    gpt<bf16, gpu> model(sizes, 5);
    const auto base = weights_of(model);
    const auto first = logits_of(model);
    add_lora(model, settings, 7);
    CHECK(largest_difference(logits_of(model), first) < 0.01);            // B is zero; GELU is rounded elsewhere, though
    learn(model, 6);
    const auto learnt = logits_of(model);
    CHECK(largest_difference(learnt, first) > 1e-3);
    auto now = parameters(model);
    std::size_t frozen = 0;
    for (const auto& p : now) frozen += !*p.trainable;
    CHECK(frozen == base.size());
    merge_lora(model);
    const auto merged = weights_of(model);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < base.size(); ++i) moved += merged[i] != base[i];
    CHECK(moved == 4);                                                    // two layers of two blocks
    CHECK(largest_difference(logits_of(model), learnt) < 0.02);
}

TEST_CASE_TEMPLATE("cuda: of some weights that learn the others keep their bits", Real, float, bf16) {
    gpt<Real, gpu> model(sizes, 5);
    const auto before = weights_of(model);
    train_only(parameters(model), {"h.1.*", "ln_f.*"});
    learn(model, 3);
    const auto after = weights_of(model);
    const auto all = parameters(model);
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(all[i].name);
        CHECK((after[i] == before[i]) == !*all[i].trainable);
    }
}

TEST_CASE("cuda: a model folder carries the bits of weights from device to device") {
    test::temporary_folder folder;
    gpt<float, gpu> there(sizes, 5);
    learn(there, 2);
    save_pretrained(folder / "there", there, {{"config.json", config_text(sizes)}});
    auto here = load_pretrained<gpt<float, simd>>(folder / "there");
    CHECK(weights_of(here) == weights_of(there));
    save_pretrained(folder / "here", here, {{"config.json", config_text(sizes)}});
    auto back = load_pretrained<gpt<float, gpu>>(folder / "here");
    CHECK(weights_of(back) == weights_of(there));
    auto narrow = load_pretrained<gpt<bf16, gpu>>(folder / "here");       // its masters are these floats
    CHECK(weights_of(narrow) == weights_of(there));
    const parameters_here now(gpu{}, parameters(there));
    for (const auto& c : changes(folder / "here", now.views())) CHECK(c.same_bits);
}
