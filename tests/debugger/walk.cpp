// What gdb_test.py steps through and prints: one row of layer normalisation, a tensor of every kind, and a small model's
// cache. Compiled with -O0 -g3 in every build.
#include <cmath>
#include <vector>

#include <stepgpt/nn/layer_norm.hpp>

using stepgpt::cpu;
using stepgpt::tensor;

void one_row() {
    const float x[3] = {1, 2, 6}, weight[3] = {1, 1, 1}, bias[3] = {0, 0, 0};
    float y[3], mean, rstd;
    stepgpt::layer_norm_forward(cpu{}, x, weight, bias, y, &mean, &rstd, 1, 3);
    y[0] = y[1];   // row done
}

void one_layer() {
    stepgpt::layer_norm<float, cpu> norm("ln_f", 3);
    stepgpt::fill(norm.weight.value, 1.f);
    stepgpt::fill(norm.bias.value, 0.f);
    const tensor<float, 3> x{{{1, 2, 6}, {4, 4, 7}}};   // (B, T, C)
    std::vector<stepgpt::layer_norm<float, cpu>::cache> caches(2);
    norm.forward(x, caches[1]);
    caches[0] = caches[1];   // layer done
}

void kinds() {
    tensor<float, 2> matrix{{1, 2, 3}, {4, 5, 6}};
    tensor<double, 1> vector{0.5, -1.5};
    stepgpt::token_ids<> ids{{3, 1}, {4, -1}};
    tensor<float, 2> broken{{1, NAN}, {INFINITY, 4}};
    tensor<float, 2> empty;
    auto lazy = matrix + 1.f;
    matrix(0, 0) = lazy(0, 0);   // kinds done
}

int main() {
    one_row();
    one_layer();
    kinds();
}
