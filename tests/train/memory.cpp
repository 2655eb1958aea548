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

TEST_CASE("the prediction is near what a step really holds") {
    const gpt_config sizes{.vocab_size = 65, .block_size = 64, .n_layer = 4, .n_head = 4, .n_embd = 128};
    gpt<float> model(sizes, 1);
    gpt<float>::cache c;
    gpt<float>::gradients g;
    token_ids<> ids;
    resize(ids, {12, 64});
    fill(ids, 1);
    model.loss(ids, ids, c);
    model.backward(ids, ids, c, g);

    double held = 4 * 4.0 * static_cast<double>(parameter_count(sizes));       // weights, gradients, two moments
    for (const auto& b : c.h)
        for (const auto* x : {&b.ln_1.y, &b.attn.c_attn.y, &b.attn.z, &b.attn.c_proj.y, &b.mid, &b.ln_2.y, &b.mlp.c_fc.y,
                              &b.mlp.activation.y, &b.mlp.c_proj.y, &b.y})
            held += bytes(*x);
    held += bytes(c.embed.y) + bytes(c.ln_f.y) + bytes(c.logits) + bytes(g.dnormed) + bytes(g.ln_f.dx) + bytes(g.h.dmid) +
            bytes(g.h.dx) + bytes(g.h.ln_1.dx) + bytes(g.h.ln_2.dx) + bytes(g.h.attn.c_attn.dx) + bytes(g.h.attn.c_proj.dx) +
            bytes(g.h.attn.dqkv) + bytes(g.h.mlp.c_fc.dx) + bytes(g.h.mlp.activation.dx) + bytes(g.h.mlp.c_proj.dx);
    CHECK(training_memory(sizes, 12, 4, false) == doctest::Approx(held).epsilon(0.1));
}

TEST_CASE("a run that cannot fit is refused with both numbers") {
    CHECK_NOTHROW(expect_memory(1e9, 2e9));
    try {
        expect_memory(5.25e10, 2.4e10);
        FAIL("no error");
    } catch (const error& e) {
        CHECK(std::string(e.what()).find("24.0 GB") != std::string::npos);
        CHECK(std::string(e.what()).find("52.5 GB") != std::string::npos);
    }
}
