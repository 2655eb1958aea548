// A steady-state step takes no memory.
#include <doctest/doctest.h>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/optim/sgd.hpp>

#include "allocations.hpp"

using namespace stepgpt;

TEST_CASE("allocations: the counter counts") {
    const std::size_t before = test::allocations();
    const tensor<float, 1> x = xt::zeros<float>({100});
    CHECK(test::allocations() > before);
    CHECK(x(99) == 0);
}

TEST_CASE_TEMPLATE("allocations: forward, backward and update take none after the first step", Device, cpu, simd) {
    gpt<float, Device> model(
        {.vocab_size = 65, .block_size = 32, .n_layer = 2, .n_head = 4, .n_embd = 64, .dropout = 0.1});
    typename gpt<float, Device>::cache cache;
    typename gpt<float, Device>::gradients gradients;
    const auto all = parameters(model);
    adamw<float, Device> rule({}, all);
    sgd<float, Device> other_rule({}, all);
    token_ids<> ids;
    resize(ids, {4, 32});
    for (std::size_t i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<token>(i * 7 % 65);

    std::size_t before = 0;
    for (std::uint32_t step = 0; step < 6; ++step) {
        if (step == 1) before = test::allocations();
        const double loss = model.loss(ids, ids, cache, {.training = true, .step = step});
        model.backward(ids, ids, cache, gradients, 1, into::write);
        const double scale = clip_scale(gradient_norm(Device{}, all), 1);
        rule.step(all, 1e-3, scale);
        other_rule.step(all, 1e-3, scale);
        REQUIRE(std::isfinite(loss));
        model.loss(ids, ids, cache);   // evaluation between steps
    }
    CHECK(test::allocations() - before == 0);
}

TEST_CASE("allocations: none where the lower blocks are frozen, and backward ends above them") {
    gpt<float> model({.vocab_size = 65, .block_size = 32, .n_layer = 4, .n_head = 4, .n_embd = 64});
    model.each_parameter([](const std::string& name, auto& p) { p.trainable = name.starts_with("h.2"); });
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    token_ids<> ids;
    resize(ids, {4, 32});
    fill(ids, 7);
    std::size_t before = 0;
    for (int step = 0; step < 6; ++step) {
        if (step == 1) before = test::allocations();
        model.loss(ids, ids, cache);
        model.backward(ids, ids, cache, gradients, 1, into::write);
    }
    CHECK(test::allocations() - before == 0);
}
