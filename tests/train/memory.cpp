#include <stepgpt/train/memory.hpp>

#include <string>

#include <doctest/doctest.h>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/nn/gpt.hpp>

using namespace stepgpt;

namespace {
template <class Tensor>
double bytes(const Tensor& x) { return static_cast<double>(x.size() * sizeof(typename Tensor::value_type)); }
}  // namespace

TEST_CASE_TEMPLATE("the prediction is near what a step really holds", Device, cpu, simd) {
    for (const double dropout : {0.0, 0.1}) {
        CAPTURE(dropout);
        const gpt_config sizes{.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128, .dropout = dropout};
        gpt<float, Device> model(sizes, 1);
        typename gpt<float, Device>::cache c;
        typename gpt<float, Device>::gradients g;
        token_ids<> ids;
        resize(ids, {12, 64});
        fill(ids, 1);
        model.loss(ids, ids, c, {.training = true});
        model.backward(ids, ids, c, g);

        double held = 4 * 4.0 * static_cast<double>(parameter_count(sizes));       // weights, gradients, two moments
        for (const auto& b : c.h) {
            for (const auto* x : {&b.ln_1.y, &b.attn.c_attn.y, &b.attn.z, &b.attn.c_proj.y, &b.mid, &b.ln_2.y, &b.mlp.c_fc.y,
                                  &b.mlp.activation.y, &b.mlp.c_proj.y, &b.y, &b.attn.drop_y.y, &b.mlp.drop.y})
                held += bytes(*x);
            held += bytes(b.attn.att);
        }
        for (const auto* x : {&c.drop.y, &g.drop.dx, &g.h.attn.drop_y.dx, &g.h.mlp.drop.dx, &c.embed.y, &c.ln_f.y, &c.logits,
                              &g.dnormed, &g.ln_f.dx, &g.h.dx, &g.h.ln_1.dx, &g.h.ln_2.dx, &g.h.attn.c_attn.dx,
                              &g.h.attn.c_proj.dx, &g.h.attn.dqkv, &g.h.mlp.c_fc.dx, &g.h.mlp.activation.dx,
                              &g.h.mlp.c_proj.dx})
            held += bytes(*x);
        CHECK(training_memory<Device>(sizes, 12, 4) == doctest::Approx(held).epsilon(0.05));
    }
}

TEST_CASE("a run that cannot fit is refused with both numbers, and with what would fit") {
    const gpt_config sizes{.vocab_size = 1000, .block_size = 256, .n_layer = 6, .n_head = 6, .n_embd = 384};
    const auto refused = [&](double available) -> std::string {
        try {
            expect_memory(sizes, 64, 4, available);
        } catch (const error& e) {
            return e.what();
        }
        return "";
    };
    const auto contains = [](const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; };
    CHECK(refused(1e12).empty());
    CHECK(contains(refused(1e9), "found 1.0 GB, wanted about 2.2 GB"));
    CHECK(contains(refused(1e9), "--batch-size 24 would fit"));
    CHECK(contains(refused(2e8), "--batch-size 1 --block-size"));
    CHECK(contains(refused(1e8), "the model alone is too large"));
    CHECK(training_memory(sizes, 1, 2) > training_memory(sizes, 1, 4) / 2);   // moments and masters stay floats
}
