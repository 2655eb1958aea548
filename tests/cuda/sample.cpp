// A token chosen where the logits lie is the one that the sampler of a CPU chooses; keys and values kept on a device give the
// logits of the whole text.
#include "on_device.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <stepgpt/generate/drafts.hpp>
#include <stepgpt/generate/whole_window.hpp>
#include <stepgpt/nn/gpt.hpp>

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

// Logits with many equal ones among them.
template <class Real>
std::vector<Real> some_logits(std::size_t n, unsigned seed) {
    auto x = test::device_numbers<double>(n, seed);
    for (std::size_t i = 0; i < n; ++i) x[i] = i % 3 ? 5 * x[i] : std::round(5 * x[i]);
    std::vector<Real> logits;
    for (const double value : x) logits.push_back(static_cast<Real>(static_cast<accumulator<Real>>(value)));
    return logits;
}

// Choices of three texts at once, by the CPU and by the device.
template <class Real>
void check_choices(const sampling& how, std::size_t V) {
    const unsigned rounds = V > 1000 ? 1 : 10;
    CAPTURE(V);
    CAPTURE(how.temperature);
    CAPTURE(how.top_k);
    CAPTURE(how.top_p);
    CAPTURE(how.min_p);
    CAPTURE(how.repetition_penalty);
    const auto make = [&] {
        std::vector<draft> all;
        for (std::uint64_t i = 0; i < 3; ++i) {
            sampling its_own = how;
            its_own.seed += i;
            all.push_back({.ids = {0, static_cast<token>(V > 1)}, .choice = sampler(its_own)});
        }
        return all;
    };
    auto here = make(), there = make();
    chooser<Real, cpu> plain(how, 3, V);
    chooser<Real, gpu> device(how, 3, V);
    for (unsigned round = 0; round < rounds; ++round) {
        auto logits = some_logits<Real>(3 * V, round);
        const auto logits_there = test::logits_to_device(logits, 3, V);
        std::vector<open_draft> open_here, open_there;
        for (std::size_t i = 0; i < 3; ++i) open_here.push_back({i, &here[i]}), open_there.push_back({i, &there[i]});
        plain.choose(open_here, logits.data(), true);
        device.choose(open_there, logits_there.data(), true);
        for (std::size_t i = 0; i < 3; ++i) {
            REQUIRE(there[i].ids.back() == here[i].ids.back());
            REQUIRE(there[i].log_probability == doctest::Approx(here[i].log_probability).epsilon(1e-12));
        }
    }
}

const gpt_config sizes{.vocab_size = 61, .block_size = 24, .n_layer = 2, .n_head = 3, .n_embd = 48};

}  // namespace

TEST_CASE("cuda: choices are the CPU's: all tokens, the k likeliest, a nucleus, a share of the likeliest, all of these") {
    for (const std::size_t V : {1, 7, 61, 200, 4100}) {
        check_choices<float>({.temperature = 0}, V);
        check_choices<float>({.temperature = 0.8}, V);
        check_choices<float>({.temperature = 1, .top_k = 3}, V);
        check_choices<float>({.temperature = 1.3, .top_k = 40}, V);
        check_choices<float>({.temperature = 1, .top_p = 0.9}, V);
        check_choices<float>({.temperature = 1, .top_p = 0.01}, V);
        check_choices<float>({.temperature = 1, .min_p = 0.05}, V);
        check_choices<float>({.temperature = 0.9, .top_k = 20, .top_p = 0.8, .min_p = 0.02, .repetition_penalty = 1.3}, V);
    }
}

TEST_CASE("cuda: choices from bf16 and double logits") {
    check_choices<bf16>({.temperature = 0.8, .top_k = 9, .repetition_penalty = 1.2}, 130);
    check_choices<bf16>({.temperature = 0.8, .top_p = 0.7}, 130);
    check_choices<double>({.temperature = 0.8, .top_k = 9, .top_p = 0.9}, 130);
}

TEST_CASE("cuda: a choice has the same bits under every schedule") {
    const std::size_t V = 700;
    const auto logits = test::logits_to_device(some_logits<float>(2 * V, 5), 2, V);
    const auto uniforms = test::to_device(std::vector<double>{0.2, 0.9});
    const choice_rules rules{.temperature = 0.9, .top_p = 0.95, .min_p = 0, .penalty = 1, .top_k = 100};
    test::under_every_schedule([&] {
        const device_buffer<double> weights(2 * V);
        const auto made = test::unwritten<choice_made>(2);
        launch(choose_tokens<float>, 2, 128, 0, logits.data(), nullptr, uniforms.data(), rules, true, weights.data(),
               made.data(), static_cast<int>(V));
        const auto here = test::to_host(made, 2);
        return std::vector<double>{static_cast<double>(here[0].id), here[0].log_probability, static_cast<double>(here[1].id),
                                   here[1].log_probability};
    });
}

TEST_CASE_TEMPLATE("cuda: with keys and values kept, logits are those of the whole text", Real, float, bf16) {
    gpt<Real, gpu> model(sizes, 4);
    key_value_cache<gpt<Real, gpu>> kept(model, 2);
    whole_window<gpt<Real, gpu>> whole(model, 2);
    const std::size_t C = sizes.n_embd, V = sizes.vocab_size;
    tensor<Real, 1, gpu> scores;
    resize(scores, {V});
    std::vector<Real> logits(V), wanted(V);
    for (std::size_t n = 0; n < sizes.block_size; ++n) {
        const auto id = static_cast<token>((n * 17 + 3) % V);
        using row = typename key_value_cache<gpt<Real, gpu>>::new_token;
        using its_row = typename whole_window<gpt<Real, gpu>>::new_token;
        kept.read(std::vector<row>{{1, id}, {0, 5}});
        whole.read(std::vector<its_row>{{1, id}});
        unembedding_forward(gpu{}, kept.hidden().data(), model.head().value.data(), scores.data(), 1, C, V);
        to_host(gpu{}, scores.data(), logits.data(), V);
        whole.logits(1, wanted.data());
        for (std::size_t v = 0; v < V; ++v)
            REQUIRE(std::abs(static_cast<double>(logits[v]) - static_cast<double>(wanted[v])) < (sizeof(Real) == 2 ? 0.02 : 1e-5));
    }
}

TEST_CASE("cuda: texts in the making are those of a CPU, longer than the window, with every way of choosing") {
    gpt<float, gpu> model(sizes, 4);
    gpt<float, simd> plain(sizes, 4);
    for (const sampling& how : {sampling{.temperature = 0}, sampling{.temperature = 0.9, .top_k = 10, .repetition_penalty = 1.1},
                                sampling{.temperature = 1, .top_p = 0.9}}) {
        const std::vector<std::vector<token>> prompts{{1, 2, 3}, {4}};
        drafts<gpt<float, gpu>> there(model, prompts, how);
        drafts<gpt<float, simd>> here(plain, prompts, how);
        for (int i = 0; i < 40; ++i) there.advance(), here.advance();
        CHECK(there[0].ids == here[0].ids);
        CHECK(there[1].ids == here[1].ids);
    }
}
