// What a loss can be expected to be, given the number of parameters and of tokens seen: the law by which `plan`
// compares sizes. Only the order of two losses is used: the constants were fitted to other text in other tokens.
//
//     L(N, D) = E + A / N^alpha + B / D^beta
// (Hoffmann et al. 2022, "Training compute-optimal large language models", with the constants of Besiroglu et al. 2024,
// "Chinchilla scaling: a replication attempt", who found the published ones to be badly fitted.) A small model is done
// learning early; a large one sees too little in the same time; between them lies the best N, which grows about as the
// root of the compute.
//
// Text that is seen again is worth less each time: after R repetitions U tokens count as U + U R' (1 - exp(-R / R')),
// with R' = 15.4 (Muennighoff et al. 2023, "Scaling data-constrained language models", section 3). What they say of too
// many parameters for so little text is left out: against it, `plan` proposes dropout (plan.hpp).
#pragma once

#include <algorithm>
#include <cmath>

namespace stepgpt {

struct scaling_law {
    double E = 1.8172, A = 482.01, alpha = 0.3478, B = 2085.43, beta = 0.3658;
    double wear = 15.4;   // R'

    // N parameters, D different tokens, each seen once.
    double fresh(double N, double D) const { return E + A / std::pow(N, alpha) + B / std::pow(D, beta); }

    // N parameters, D tokens out of a text of U.
    double operator()(double N, double D, double U) const {
        const double unique = std::min(D, U), repeated = D / unique - 1;
        return fresh(N, unique + unique * wear * (1 - std::exp(-repeated / wear)));
    }
};

}   // namespace stepgpt
