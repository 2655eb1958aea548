// One of the optimizers, chosen by name at run time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/sgd.hpp>

namespace stepgpt {

template <class Real, class Device = simd>
class optimizer {
public:
    using parameter_list = std::vector<parameter_view<Real>>;

    template <class Rule>
    explicit optimizer(Rule rule) : rule_(std::move(rule)) {}

    void step(const parameter_list& all, double lr, double gradient_scale) {
        std::visit([&](auto& rule) { rule.step(all, lr, gradient_scale); }, rule_);
    }
    // use(rule), for what only one kind of rule can answer.
    template <class Use>
    decltype(auto) with_rule(Use&& use) {
        return std::visit(use, rule_);
    }
    std::uint64_t t() const {
        return std::visit([](const auto& rule) { return rule.t(); }, rule_);
    }
    void set_t(std::uint64_t t) {
        std::visit([t](auto& rule) { rule.set_t(t); }, rule_);
    }
    std::vector<parameter_view<accumulator<Real>>> state(const parameter_list& all) {
        return std::visit([&](auto& rule) { return rule.state(all); }, rule_);
    }

private:
    std::variant<adamw<Real, Device>, sgd<Real, Device>> rule_;
};

}  // namespace stepgpt
