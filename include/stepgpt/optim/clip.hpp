// Gradients: their common length, clipping it, and starting again from zero.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <stepgpt/core/parameter.hpp>
#include <stepgpt/kernel/memory.hpp>
#include <stepgpt/kernel/optimizer.hpp>

namespace stepgpt {

// || g || over all trainable parameters together, by a fixed tree.
template <class Device, class Real>
double gradient_norm(Device, const std::vector<parameter_view<Real>>& all) {
    double sum = 0;
    for (const auto& p : all)
        if (*p.trainable) sum += sum_of_squares(Device{}, p.grad, p.size);
    return std::sqrt(sum);
}

// What to multiply gradients by so that their norm is at most `limit` (Pascanu, Mikolov, Bengio 2013); 0: no limit.
// Handed to the optimizer, which multiplies as it reads: no pass over memory for clipping.
inline double clip_scale(double norm, double limit) {
    return limit > 0 && norm > limit ? limit / norm : 1;
}

template <class Device, class Real>
void zero_gradients(Device, const std::vector<parameter_view<Real>>& all) {
    for (const auto& p : all)
        if (*p.trainable) set_to_zero(Device{}, p.grad, p.size);
}

}  // namespace stepgpt
