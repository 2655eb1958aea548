// A whole GPT on the simulated GPU: it trains as the plain one does, in every order of threads and blocks. (tests/gpu has a
// larger one for a real GPU.)
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

const gpt_config tiny{.vocab_size = 11, .block_size = 8, .n_layer = 1, .n_head = 2, .n_embd = 8, .dropout = 0.1};

token_ids<> some_ids(std::size_t B, std::size_t T, std::size_t V, std::uint64_t seed) {
    token_ids<> ids;
    resize(ids, {B, T});
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids.data()[i] = static_cast<token>(random_numbers(seed, stream::test).below(V, i));
    return ids;
}

struct run {
    std::vector<double> losses, norms;
    std::vector<double> weights;     // all of them, in the end

    std::vector<double> everything() const {
        auto all = losses;
        all.insert(all.end(), norms.begin(), norms.end());
        all.insert(all.end(), weights.begin(), weights.end());
        return all;
    }
};

// A sentence learnt by heart: the loss falls, so that an error anywhere would show.
template <class Real, class Device>
run train(std::size_t steps, gpt_config sizes = tiny) {
    gpt<Real, Device> model(sizes, 42);
    typename gpt<Real, Device>::cache cache;
    typename gpt<Real, Device>::gradients gradients;
    const auto all = parameters(model);
    adamw<Real, Device> rule({}, all);
    auto ids = some_ids(2, sizes.block_size, sizes.vocab_size, 1), targets = some_ids(2, sizes.block_size, sizes.vocab_size, 2);
    targets.data()[3] = -1;                          // not asked
    run result;
    for (std::size_t step = 0; step < steps; ++step) {
        zero_gradients(Device{}, all);
        result.losses.push_back(model.loss(ids, targets, cache, {.training = true, .seed = 42, .step = static_cast<std::uint32_t>(step)}));
        model.backward(ids, targets, cache, gradients);
        result.norms.push_back(gradient_norm(Device{}, all));
        rule.step(all, 3e-2, clip_scale(result.norms.back(), 1));
    }
    const parameters_here here(Device{}, all);
    for (const auto& p : here.views())
        for (std::size_t i = 0; i < p.size; ++i) result.weights.push_back(static_cast<double>(p.value[i]));
    return result;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    return largest;
}

}  // namespace

TEST_CASE("cuda: 50 steps of a GPT have the plain loops' losses, and the same bits under every schedule") {
    const run plain = train<float, cpu>(50);
    CHECK(plain.losses.back() < 0.5 * plain.losses.front());
    run last;
    test::under_every_schedule([&] { return (last = train<float, gpu>(50)).everything(); });
    CHECK(std::abs(last.losses[0] - plain.losses[0]) < 1e-6);
    CHECK(largest_difference(last.losses, plain.losses) < 2e-3);
}

TEST_CASE("cuda: in double, losses, norms and weights are the plain loops' to the last digits") {
    gpt_config untied = tiny;
    untied.tied = false;
    for (const gpt_config& sizes : {tiny, untied}) {
        const run plain = train<double, cpu>(5, sizes), simulated = train<double, gpu>(5, sizes);
        CHECK(largest_difference(simulated.losses, plain.losses) < 1e-12);
        CHECK(largest_difference(simulated.norms, plain.norms) < 1e-11);
        CHECK(largest_difference(simulated.weights, plain.weights) < 1e-9);
    }
}

TEST_CASE("cuda: bf16 learns too, as far as its eight bits let it, and repeats itself") {
    const run plain = train<float, cpu>(15), narrow = train<bf16, gpu>(15);
    CHECK(std::abs(narrow.losses[0] - plain.losses[0]) < 0.02);
    CHECK(largest_difference(narrow.losses, plain.losses) < 0.25);
    CHECK(narrow.losses.back() < 0.95 * narrow.losses.front());
    CHECK(test::equal_bits(narrow.weights, train<bf16, gpu>(15).weights));
}
