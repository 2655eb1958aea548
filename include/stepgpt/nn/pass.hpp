// What a forward pass is for: reading the model, or training it. Only dropout asks.
#pragma once

#include <cstdint>

namespace stepgpt {

struct pass {
    bool training = false;     // false: nothing is dropped
    std::uint64_t seed = 0;    // with step: which elements are dropped
    std::uint32_t step = 0;    // a different number for every batch, so that each one drops others
};

}  // namespace stepgpt
