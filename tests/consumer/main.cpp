// Somebody's program: ten lines, built in each of the ways in which a project can take stepgpt in.
#include <iostream>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/nn/layer_norm.hpp>

int main() {
    stepgpt::layer_norm<float> norm("ln_f", 4);
    stepgpt::fill(norm.weight.value, 1.f);
    stepgpt::fill(norm.bias.value, 0.f);
    const stepgpt::tensor<float, 3> x{{{1, 2, 3, 4}}};   // (B, T, C)
    stepgpt::layer_norm<float>::cache cache;
    const stepgpt::trace_to printer(stepgpt::print_trace(std::cout));
    norm.forward(x, cache);
}
