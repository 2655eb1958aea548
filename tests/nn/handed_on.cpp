// What blocks hand on saves memory and changes nothing else.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/nn/gpt.hpp>

#include "gradient_check.hpp"

using namespace stepgpt;

TEST_CASE("handed on: a block that has to make its results again has the same gradients, to the last bit") {
    block<float> first("h.0", 16, 2, 0.1, 1), second("h.1", 16, 2, 0.1, 4);
    const auto x = [] {
        tensor<float, 3> numbers;
        resize(numbers, {2, 5, 16});
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers.data()[i] = float(i * 37 % 101) / 50 - 1;
        return numbers;
    }();
    const pass run{.training = true};
    const auto gradients_of = [&](bool hands_on) {
        for (auto* layer : {&first, &second}) {
            test::randomise(*layer);
            layer->each_parameter([](const std::string&, auto& p) { fill(p.grad, 0); });
        }
        block<float>::cache a, b;
        block<float>::gradients g;
        const auto& y = first.forward(x, a, run);
        if (hands_on) block<float>::hand_on(a, b);
        second.forward(y, b, run);
        const tensor<float, 3> dy = second.backward(x, y, b, g);
        if (hands_on) block<float>::hand_on(b, a);
        CHECK(a.whole == !hands_on);
        std::vector<float> all(dy.begin(), dy.end());
        const auto& dx = first.backward(dy, x, a, g);
        all.insert(all.end(), dx.begin(), dx.end());
        for (auto* layer : {&first, &second})
            layer->each_parameter([&](const std::string&, auto& p) { all.insert(all.end(), p.grad.begin(), p.grad.end()); });
        return all;
    };
    CHECK(gradients_of(true) == gradients_of(false));
}

TEST_CASE_TEMPLATE("handed on: simd holds it once; cpu keeps it in every block, to be looked at", Device, cpu, simd) {
    constexpr std::size_t L = 3;
    gpt<float, Device> model({.vocab_size = 9, .block_size = 8, .n_layer = L, .n_head = 2, .n_embd = 8});
    typename gpt<float, Device>::cache c;
    typename gpt<float, Device>::gradients g;
    token_ids<> ids;
    resize(ids, {2, 8});
    fill(ids, 3);
    for (int step = 0; step < 3; ++step) {
        model.loss(ids, ids, c);
        std::size_t holders = 0;
        for (const auto& b : c.h) holders += b.mlp.activation.y.size() > 0;
        CHECK(holders == (hands_on<Device> ? 1 : L));
        CHECK(c.h.back().whole);
        model.backward(ids, ids, c, g);
    }
}
