// A weight and its gradient, and a way to visit every one of them by its dotted name.
//
// A layer lists its parameters in `each_parameter(visit)`; a layer of layers puts a prefix before each:
//
//     template <class Visit> void each_parameter(Visit&& visit) {
//         ln_1.each_parameter(under("ln_1", visit));          // "ln_1.weight", "ln_1.bias"
//         attn.each_parameter(under("attn", visit));
//     }
// The dotted name is the tensor's key in every file: h.0.attn.c_attn.weight.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
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

// A visitor that puts "prefix." before every name.
template <class Visit>
auto under(std::string prefix, Visit& visit) {
    return [prefix = std::move(prefix) + ".", &visit](const std::string& name, auto& p) { visit(prefix + name, p); };
}

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
