// The learning rate of each step: a linear warm-up, then a constant, a line, or half a cosine down to min_lr.
//     cosine:  min_lr + (lr - min_lr) (1 + cos(pi s)) / 2,   s = (step - warmup) / (steps - warmup)
// (Loshchilov and Hutter 2017, SGDR, equation 5, without restarts; nanoGPT's and GPT-3's choice)
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <stepgpt/core/error.hpp>

namespace stepgpt {

enum class decay { constant, linear, cosine };

inline decay decay_named(const std::string& name) {
    if (name == "constant") return decay::constant;
    if (name == "linear") return decay::linear;
    if (name == "cosine") return decay::cosine;
    throw error({.where = "learning-rate schedule", .found = "'" + name + "'", .wanted = "constant, linear or cosine"});
}

struct schedule {
    double lr = 1e-3;               // the highest rate, reached after warmup
    double min_lr = 1e-4;           // the last rate (not for constant)
    std::size_t warmup = 100;       // steps
    std::size_t steps = 2000;       // of the whole run
    decay shape = decay::cosine;

    // The rate of step 0, 1, ... steps - 1.
    double operator()(std::size_t step) const {
        if (step < warmup) return lr * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
        if (shape == decay::constant) return lr;
        if (step >= steps) return min_lr;
        const double share = static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
        const double height = shape == decay::linear ? 1 - share : 0.5 * (1 + std::cos(3.14159265358979323846 * share));
        return min_lr + height * (lr - min_lr);
    }
};

}  // namespace stepgpt
