// Sequences laid end to end: each is what it would be alone, forward and backward, and hears nothing of the others.
#include <gradient_check.hpp>

#include <cmath>
#include <vector>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/clip.hpp>

using namespace stepgpt;

namespace {

template <class Device>
struct answer {
    tensor<double, 3> logits;                 // (B,T,V)
    std::vector<double> gradients;
};

// Logits, and the gradients of the sum of losses (not their mean, so that parts add up).
template <class Device>
answer<Device> ask(gpt<double, Device>& model, const std::vector<token>& ids, std::size_t B, std::size_t T, pass run = {}) {
    typename gpt<double, Device>::cache cache;
    typename gpt<double, Device>::gradients gradients;
    token_ids<> inputs, targets;
    stepgpt::resize(inputs, {B, T});
    stepgpt::resize(targets, {B, T});
    for (std::size_t i = 0; i < B * T; ++i) {
        inputs.data()[i] = ids[i];
        targets.data()[i] = (ids[i] * 3 + 1) % 11;
    }
    const auto all = parameters(model);
    zero_gradients(Device{}, all);
    answer<Device> a;
    model.loss(inputs, targets, cache, run);
    a.logits = cache.logits;
    model.backward(inputs, targets, cache, gradients, static_cast<double>(B * T));
    for (const auto& p : all) a.gradients.insert(a.gradients.end(), p.grad, p.grad + p.size);
    return a;
}

}  // namespace

TEST_CASE_TEMPLATE("pass: sequences end to end are what they are alone", Device, cpu, simd) {
    gpt<double, Device> model({.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 8}, 3);
    test::randomise(model);
    const std::vector<token> ids{1, 5, 9,  2, 2, 7, 10, 0, 3,  4,  8, 6};   // two rows of 6; sequences of 3, 6, 1 and 2
    const std::vector<std::size_t> ends{3, 9, 10, 12};
    const auto packed = ask(model, ids, 2, 6, {.sequences = ends});

    std::vector<double> sum(packed.gradients.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        const auto alone = ask(model, {ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.end()}, 1, end - begin);
        for (std::size_t i = 0; i < alone.logits.size(); ++i)
            CHECK(std::abs(alone.logits.data()[i] - packed.logits.data()[begin * 11 + i]) < 1e-12);
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += alone.gradients[i];
        begin = end;
    }
    for (std::size_t i = 0; i < sum.size(); ++i) CHECK(std::abs(sum[i] - packed.gradients[i]) < 1e-10);
}

TEST_CASE("pass: a sequence does not hear its neighbours, bit by bit; rows are sequences unless something else is said") {
    gpt<double> model({.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 8, .dropout = 0.2}, 3);
    const std::vector<std::size_t> ends{4, 12}, rows{6, 12};
    const pass training{.training = true, .seed = 9, .step = 1};
    pass cut = training, as_rows = training;
    cut.sequences = ends;
    as_rows.sequences = rows;
    std::vector<token> ids{1, 5, 9, 2, 2, 7, 10, 0, 3, 4, 8, 6};
    std::vector<std::size_t> two{6, 12};

    const auto before = ask(model, ids, 2, 6, as_rows);
    const auto plain = ask(model, ids, 2, 6, training);
    CHECK(before.logits == plain.logits);                 // the mask of dropout too

    const std::vector<std::size_t> halves{4, 8, 12};
    cut.sequences = halves;
    const auto first = ask(model, ids, 2, 6, cut);
    for (const std::size_t i : {0, 1, 2, 3, 8, 9, 10, 11}) ids[i] = static_cast<token>((ids[i] + 3) % 11);
    const auto second = ask(model, ids, 2, 6, cut);
    for (std::size_t i = 4 * 11; i < 8 * 11; ++i) CHECK(first.logits.data()[i] == second.logits.data()[i]);
}

TEST_CASE("pass: gradients end at the lowest block that learns") {
    gpt<double> model({.vocab_size = 11, .block_size = 6, .n_layer = 3, .n_head = 2, .n_embd = 8}, 3);
    const auto all = parameters(model);
    const std::vector<token> ids{1, 5, 9, 2, 2, 7};
    const auto whole = ask(model, ids, 1, 6);
    for (const auto& p : all) *p.trainable = p.name.starts_with("h.2.") || p.name.starts_with("ln_f");
    for (const auto& p : all) std::fill_n(p.grad, p.size, 0.0);
    const auto part = ask(model, ids, 1, 6);
    std::size_t at = 0;
    for (const auto& p : all)
        for (std::size_t i = 0; i < p.size; ++i, ++at)
            CHECK(part.gradients[at] == (*p.trainable ? whole.gradients[at] : 0.0));
}
