// GPT-2's initialisation (Radford et al. 2019, section 2.3; numbers from its published code): matrices and the token
// embedding normal with standard deviation s = 0.02, the position embedding s / 2, matrices that write to the residual
// stream s / sqrt(2 L), because 2 L of them add up there; biases 0, gains of layer norms 1.
//
// s is config.initializer_range. What it decides in a narrow model: words that can stand in each other's place (red, blue,
// green) receive the same gradients until the model copies them from its context, and it can only learn to copy them if it
// can tell them apart, by the random numbers they began with. These have length s sqrt(C): 0.8 at GPT-2's 1600 channels,
// but 0.2 at 128, where a larger s lets copying begin much sooner.
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
#include <stepgpt/kernel/parameters_here.hpp>
#include <stepgpt/nn/config.hpp>

namespace stepgpt {

template <class Model>
void initialise(Model& model, const gpt_config& config, std::uint64_t seed) {
    using Device = typename Model::device;
    using Real = accumulator<typename Model::real>;
    const double s = config.initializer_range, into_stream = s / std::sqrt(2.0 * static_cast<double>(config.n_layer));
    std::uint32_t place = 0;                                // each parameter draws from a sequence of its own
    const parameters_here weights(Device{}, parameters(model));
    for (auto& p : weights.views()) {
        const random_numbers numbers(seed, stream::init, place++);
        const double deviation = p.name == "wpe.weight" ? s / 2 : p.name.ends_with("c_proj.weight") ? into_stream : s;
        Real* const value = p.value;
        if (p.is_matrix())
            parallel_for(p.size, 4096, [=](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) value[i] = static_cast<Real>(deviation * numbers.normal(i));
            });
        else
            std::fill_n(value, p.size, static_cast<Real>(p.name.ends_with(".weight") ? 1 : 0));
    }
    weights.send();
    for (auto& p : parameters(model)) set_to_zero(Device{}, p.grad, p.size);
}

}  // namespace stepgpt
