// What attention computes on the way, for whoever looks (core/trace.hpp): q, k, v, scores and att, each with its own name
// and shape. The fast kernels never hold scores and att; here they are computed again, plainly, from q and k.
//
// qkv (B,T,3C) -> q, k, v (B,T,H,D); scores (B,H,T,T), scaled, -inf in the future; att (B,H,T,T). Nothing while nobody looks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/core/trace.hpp>

namespace stepgpt {

template <class Tensor>
void trace_attention(const std::string& layer, const Tensor& computed, std::size_t H) {
    if (!tracing()) return;
    using Real = accumulator<typename Tensor::value_type>;
    const auto& qkv = on_host(computed);
    const std::size_t B = qkv.shape(0), T = qkv.shape(1), C = qkv.shape(2) / 3, D = C / H;

    tensor<Real, 4, cpu> part[3];
    const char* const names[3] = {"q", "k", "v"};
    for (std::size_t i = 0; i < 3; ++i) {
        resize(part[i], {B, T, H, D});
        for (std::size_t row = 0; row < B * T; ++row)
            std::copy_n(qkv.data() + row * 3 * C + i * C, C, part[i].data() + row * C);
        trace(layer, names[i], part[i]);
    }

    tensor<Real, 4, cpu> scores, att;
    resize(scores, {B, H, T, T});
    resize(att, {B, H, T, T});
    fill(scores, -INFINITY);
    fill(att, 0);
    const auto &q = part[0], &k = part[1];
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t h = 0; h < H; ++h)
            for (std::size_t t = 0; t < T; ++t) {
                Real largest = -INFINITY, sum = 0;
                for (std::size_t s = 0; s <= t; ++s) {
                    Real dot = 0;
                    for (std::size_t d = 0; d < D; ++d) dot += q(b, t, h, d) * k(b, s, h, d);
                    scores(b, h, t, s) = dot / std::sqrt(static_cast<Real>(D));
                    largest = std::max(largest, scores(b, h, t, s));
                }
                for (std::size_t s = 0; s <= t; ++s) sum += att(b, h, t, s) = std::exp(scores(b, h, t, s) - largest);
                for (std::size_t s = 0; s <= t; ++s) att(b, h, t, s) /= sum;
            }
    trace(layer, "scores", scores);
    trace(layer, "att", att);
}

}  // namespace stepgpt
