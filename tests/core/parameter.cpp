// The names of a model's parameters, and views that write into the model.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <stepgpt/core/parameter.hpp>

using stepgpt::dotted;
using stepgpt::parameter;
using stepgpt::parameters;

namespace {
struct norm {
    std::string name;                   // "h.0.ln_1"
    parameter<float, 1> weight, bias;   // (C)

    explicit norm(const std::string& name) : name(name) {
        weight.resize({3});
        bias.resize({3});
    }
    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit(dotted(name, "weight"), weight);
        visit(dotted(name, "bias"), bias);
    }
};

struct model {
    using real = float;
    parameter<float, 2> wte;   // (V, C)
    norm h0{"h.0.ln_1"}, h1{"h.1.ln_1"};

    model() { wte.resize({5, 3}); }
    template <class Visit>
    void each_parameter(Visit&& visit) {
        visit("wte.weight", wte);
        h0.each_parameter(visit);
        h1.each_parameter(visit);
    }
};
}  // namespace

TEST_CASE("dotted: a layer that stands alone has no name, and its parts no prefix") {
    CHECK(dotted("h.0", "ln_1") == "h.0.ln_1");
    CHECK(dotted("", "weight") == "weight");
}

TEST_CASE("parameters: dotted names in visiting order") {
    model m;
    std::vector<std::string> names;
    for (const auto& p : parameters(m)) names.push_back(p.name);
    CHECK(names == std::vector<std::string>{"wte.weight", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.1.ln_1.weight",
                                            "h.1.ln_1.bias"});
}

TEST_CASE("parameters: a view points into the model") {
    model m;
    auto all = parameters(m);
    CHECK(all[0].shape == std::vector<std::size_t>{5, 3});
    CHECK(all[0].size == 15);
    all[0].value[4] = 7;
    CHECK(m.wte.value(1, 1) == 7);
    all[2].grad[0] = -1;
    CHECK(m.h0.bias.grad(0) == -1);
    *all[3].trainable = false;
    CHECK_FALSE(m.h1.weight.trainable);
    CHECK(m.h0.weight.trainable);
}

TEST_CASE("parameters: matrices decay, biases and gains do not") {
    model m;
    const auto all = parameters(m);
    CHECK(all[0].is_matrix());
    CHECK_FALSE(all[1].is_matrix());
}

TEST_CASE("parameter: value and gradient have one shape") {
    parameter<double, 2> w;
    w.resize({4, 6});
    CHECK(w.value.shape() == w.grad.shape());
    CHECK(w.value.data() != w.grad.data());
}
