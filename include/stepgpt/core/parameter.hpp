// A weight and its gradient, and a way to visit every one of them by its dotted name.
//
// A layer knows its own name ("h.0.ln_1") and lists its parameters in `each_parameter(visit)`; a layer of layers passes
// the visitor on. The dotted name is the tensor's key in every file: h.0.ln_1.weight.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

namespace detail {
// What a bf16 weight cannot hold: itself in full precision. Steps of the optimizer are smaller than its last digit.
template <class Real, std::size_t N, class Device>
struct master_weight {
    accumulator<Real>* data() { return nullptr; }
    void resize(const std::size_t (&)[N]) {}
};
template <std::size_t N, class Device>
struct master_weight<bf16, N, Device> {
    tensor<float, N, Device> value;

    float* data() { return value.data(); }
    void resize(const std::size_t (&shape)[N]) { stepgpt::resize(value, shape); }
};
}  // namespace detail

template <class Real, std::size_t N, class Device = simd>
struct parameter {
    tensor<Real, N, Device> value, grad;
    [[no_unique_address]] detail::master_weight<Real, N, Device> master = {};   // of a bf16 weight; of others nothing
    bool trainable = true;    // false: frozen; backward passes through, the optimizer leaves it alone

    static constexpr std::size_t rank = N;

    void resize(const std::size_t (&shape)[N]) {
        stepgpt::resize(value, shape);
        stepgpt::resize(grad, shape);
        master.resize(shape);
    }
};

// "h.0" and "ln_1": "h.0.ln_1". A layer that stands alone has no name, and its parts no prefix.
inline std::string dotted(const std::string& name, const std::string& part) { return name.empty() ? part : name + "." + part; }

// One parameter without its rank: what optimizers, files and reports need. It points into the model.
template <class Real>
struct parameter_view {
    std::string name;
    std::vector<std::size_t> shape;
    Real* value = nullptr;
    Real* grad = nullptr;
    std::size_t size = 0;
    bool* trainable = nullptr;
    accumulator<Real>* master = nullptr;   // the weight in full precision, if value is a bf16

    bool is_matrix() const { return shape.size() >= 2; }   // matrices and embeddings decay; biases and gains do not
};

template <class Real, std::size_t N, class Device>
parameter_view<Real> view_of(const std::string& name, parameter<Real, N, Device>& p) {
    return {name, {p.value.shape().begin(), p.value.shape().end()}, p.value.data(), p.grad.data(), p.value.size(), &p.trainable,
            p.master.data()};
}

// Every parameter of a model, in visiting order. Valid as long as the model stays where it is.
template <class Model>
auto parameters(Model& model) {
    std::vector<parameter_view<typename Model::real>> all;
    model.each_parameter([&](const std::string& name, auto& p) { all.push_back(view_of(name, p)); });
    return all;
}

}  // namespace stepgpt
