// GPT-2's initialisation: spreads, repeatability, and independence.
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/nn/gpt.hpp>

using stepgpt::gpt, stepgpt::gpt_config, stepgpt::parameters;

namespace {
// What a parameter's standard deviation should be for initializer_range s and L = 8.
double wanted_deviation(const std::string& name, double s) {
    if (name == "wpe.weight") return s / 2;
    return name.ends_with("c_proj.weight") ? s / 4 : s;   // sqrt(2 * 8) = 4
}
}  // namespace

TEST_CASE("init: matrices s, positions s / 2, into the stream s / sqrt(2L), gains 1, biases 0, gradients 0") {
    double range = 0.02;   // GPT-2's, the default
    SUBCASE("0.02") {}
    SUBCASE("0.06") { range = 0.06; }
    gpt_config sizes{.vocab_size = 65, .block_size = 64, .n_layer = 8, .n_head = 4, .n_embd = 64};
    if (range != 0.02) sizes.initializer_range = range;
    CHECK(sizes.initializer_range == range);
    gpt<float> model(sizes, 1);
    for (const auto& p : parameters(model)) {
        INFO(p.name);
        const auto s = stepgpt::statistics_of(p.value, p.size);
        const auto n = static_cast<double>(p.size);
        if (p.is_matrix()) {
            const double wanted = wanted_deviation(p.name, range);
            CHECK(std::abs(s.std / wanted - 1) < 4.5 / std::sqrt(2 * n));                 // 4.5 standard errors
            CHECK(std::abs(s.mean) < 4.5 * wanted / std::sqrt(n));
        } else {
            const float wanted = p.name.ends_with("weight") ? 1 : 0;
            CHECK(s.min == wanted);
            CHECK(s.max == wanted);
        }
        CHECK(stepgpt::statistics_of(p.grad, p.size).max == 0);
        CHECK(stepgpt::statistics_of(p.grad, p.size).min == 0);
    }
}

TEST_CASE("init: one seed, one model; no two matrices share their numbers") {
    const stepgpt::gpt_config sizes{.vocab_size = 32, .block_size = 32, .n_layer = 2, .n_head = 2, .n_embd = 32};
    gpt<float> model(sizes, 5), again(sizes, 5), other(sizes, 6);
    const auto a = parameters(model), b = parameters(again), c = parameters(other);
    std::set<float> first;
    std::size_t matrices = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(std::equal(a[i].value, a[i].value + a[i].size, b[i].value));
        if (!a[i].is_matrix()) continue;
        CHECK_FALSE(std::equal(a[i].value, a[i].value + a[i].size, c[i].value));
        const bool halved = a[i].name == "wpe.weight" || a[i].name.ends_with("c_proj.weight");   // 1 / sqrt(2 * 2)
        const float scale = halved ? 2 : 1;
        first.insert(std::round(a[i].value[0] * scale * 1e6f));
        ++matrices;
    }
    CHECK(first.size() == matrices);
}
