// GPT-2's initialisation (Radford et al. 2019, section 2.3; numbers from its published code): matrices and embeddings
// normal with standard deviation 0.02, those that write to the residual stream 0.02 / sqrt(2 L), because 2 L of them
// add up there; biases 0, gains of layer norms 1.
//
// Not here: loading weights; format/ does that.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/random.hpp>

namespace stepgpt {

template <class Model>
void initialise(Model& model, std::size_t n_layer, std::uint64_t seed) {
    using Real = typename Model::real;
    std::uint32_t place = 0;                                // each parameter draws from a sequence of its own
    for (auto& p : parameters(model)) {
        const random_numbers numbers(seed, stream::init, place++);
        const bool writes_to_stream = p.name.ends_with("c_proj.weight");
        const double deviation = writes_to_stream ? 0.02 / std::sqrt(2.0 * static_cast<double>(n_layer)) : 0.02;
        Real* const value = p.value;
        if (p.is_matrix())
            parallel_for(p.size, 4096, [=](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) value[i] = static_cast<Real>(deviation * numbers.normal(i));
            });
        else
            std::fill_n(value, p.size, static_cast<Real>(p.name.ends_with(".weight") ? 1 : 0));
        std::fill_n(p.grad, p.size, Real(0));
    }
}

}  // namespace stepgpt
