// How this step shows its tensors and its checks.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>

// The name, the shape, the numbers, and for numbers between 0 and 1 a bar each.
template <class Tensor>
void show(const char* name, const char* what, const Tensor& x, bool bars = false) {
    const char* const bar[9] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::printf("%-8s %-7s %s\n", name, stepgpt::shape_text(x.shape()).c_str(), what);
    const std::size_t columns = x.shape(x.dimension() - 1);
    std::string picture;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::printf("  %8.4f", x.data()[i]);
        if (bars) picture += bar[static_cast<int>(x.data()[i] * 8 + 0.5)];
        if ((i + 1) % columns == 0) std::printf("%s%s\n", bars ? "    " : "", std::exchange(picture, "").c_str());
    }
    std::printf("\n");
}

// One line a check; the program ends with 0 if all went well.
inline bool all_well = true;
inline void check(const char* name, bool well) {
    std::printf("CHECK %-62s %s\n", name, well ? "ok" : "NOT ok");
    all_well = all_well && well;
}
