// A weight and its gradient, and a way to visit every one of them by its dotted name.
//
// A layer knows its own name ("h.0.ln_1") and lists its parameters in `each_parameter(visit)`; a layer of layers passes
// the visitor on. The dotted name is the tensor's key in every file: h.0.ln_1.weight.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <stepgpt/core/tensor.hpp>

namespace stepgpt {

template <class Real, std::size_t N, class Device = simd>
struct parameter {
    tensor<Real, N, Device> value, grad;
    bool trainable = true;    // false: frozen; backward passes through, the optimizer leaves it alone

    static constexpr std::size_t rank = N;

    void resize(const std::size_t (&shape)[N]) {
        stepgpt::resize(value, shape);
        stepgpt::resize(grad, shape);
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

    bool is_matrix() const { return shape.size() >= 2; }   // matrices and embeddings decay; biases and gains do not
};

// Every parameter of a model, in visiting order. Valid as long as the model stays where it is.
template <class Model>
auto parameters(Model& model) {
    std::vector<parameter_view<typename Model::real>> all;
    model.each_parameter([&](const std::string& name, auto& p) {
        all.push_back({name, {p.value.shape().begin(), p.value.shape().end()}, p.value.data(), p.grad.data(), p.value.size(),
                       &p.trainable});
    });
    return all;
}

}  // namespace stepgpt
