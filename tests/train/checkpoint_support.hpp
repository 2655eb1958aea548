// A model so small that its checkpoints can be made by the hundred.
#pragma once

#include <filesystem>
#include <vector>

#include <stepgpt/train/checkpoint.hpp>

#include "../support.hpp"

namespace test {

// Two weights and their moments, with values that depend on the step.
struct small_model {
    stepgpt::parameter<float, 2> weight;
    stepgpt::parameter<float, 1> bias;
    std::vector<float> m = std::vector<float>(15), v = std::vector<float>(15);

    explicit small_model(std::size_t step = 0) {
        weight.resize({4, 3});
        bias.resize({3});
        for (std::size_t i = 0; i < 12; ++i) weight.value.data()[i] = 0.1f * static_cast<float>(step + i);
        for (std::size_t i = 0; i < 3; ++i) bias.value.data()[i] = -static_cast<float>(step * i);
        for (std::size_t i = 0; i < 15; ++i) m[i] = 1e-3f * static_cast<float>(step + i);
        for (std::size_t i = 0; i < 15; ++i) v[i] = m[i] * m[i];
    }
    std::vector<stepgpt::parameter_view<float>> weights() {
        return {{"h.0.weight", {4, 3}, weight.value.data(), nullptr, 12, nullptr},
                {"h.0.bias", {3}, bias.value.data(), nullptr, 3, nullptr}};
    }
    std::vector<stepgpt::parameter_view<float>> moments() {
        return {{"h.0.weight.m", {4, 3}, m.data(), nullptr, 12, nullptr},
                {"h.0.weight.v", {4, 3}, v.data(), nullptr, 12, nullptr},
                {"h.0.bias.m", {3}, m.data() + 12, nullptr, 3, nullptr},
                {"h.0.bias.v", {3}, v.data() + 12, nullptr, 3, nullptr}};
    }
    bool operator==(const small_model& other) const {
        return weight.value == other.weight.value && bias.value == other.bias.value && m == other.m && v == other.v;
    }
};

inline void save(const std::filesystem::path& out, std::size_t step) {
    small_model model(step);
    stepgpt::save_checkpoint(out, step, model.weights(), model.moments(), {{"tokens", 100 * step}, {"best_loss", 0.1}},
                    {{"config.json", "{\"n_layer\": 1}"}});
}

}  // namespace test
