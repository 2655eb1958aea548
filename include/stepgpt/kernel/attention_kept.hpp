// Attention of new tokens over all that came before them, whose keys and values have been kept:
//     z[r] = sum over s <= position of att[r,s] v[s],   att[r,:] = softmax(q[r] . k[s] / sqrt(D), s <= position)
//
// A row is one new token; places[r] says which text it belongs to and where it stands there.
// qkv (rows,3C): the columns are q, k, v, as in attention.hpp; keys, values (texts,room,C) -> att (rows,H,room), z (rows,C)
// Not here: what att is for elsewhere, backward: nothing is learnt while writing.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/simd.hpp>

namespace stepgpt {

struct token_place {
    std::size_t text, position;
};

// The new tokens' k and v go to their places.
template <class Real>
void keep_keys_and_values(cpu, const Real* qkv, const token_place* places, Real* keys, Real* values, std::size_t rows,
                          std::size_t C, std::size_t room) {
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t kept = (places[r].text * room + places[r].position) * C;
        const Real* k = qkv + r * 3 * C + C;
        const Real* v = qkv + r * 3 * C + 2 * C;
        std::copy(k, k + C, keys + kept);
        std::copy(v, v + C, values + kept);
    }
}

template <class Real>
void attention_over_kept(cpu, const Real* qkv, const token_place* places, const Real* keys, const Real* values, Real* att,
                         Real* z, std::size_t rows, std::size_t C, std::size_t H, std::size_t room) {
    const std::size_t D = C / H;
    const Real scale = 1 / std::sqrt(static_cast<Real>(D));
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t h = 0; h < H; ++h) {
            const std::size_t seen = places[r].position + 1;
            const Real* q = qkv + r * 3 * C + h * D;
            const Real* k = keys + places[r].text * room * C + h * D;       // row s is at k + s C
            const Real* v = values + places[r].text * room * C + h * D;
            Real* att_row = att + (r * H + h) * room;
            Real* z_row = z + r * C + h * D;

            Real largest = -INFINITY;
            for (std::size_t s = 0; s < seen; ++s) {
                Real dot = 0;
                for (std::size_t d = 0; d < D; ++d) dot += q[d] * k[s * C + d];
                att_row[s] = dot * scale;
                largest = std::max(largest, att_row[s]);
            }

            Real sum = 0;
            for (std::size_t s = 0; s < seen; ++s) {
                att_row[s] = std::exp(att_row[s] - largest);               // at most 1: no overflow
                sum += att_row[s];
            }

            for (std::size_t d = 0; d < D; ++d) z_row[d] = 0;
            for (std::size_t s = 0; s < seen; ++s) {
                att_row[s] /= sum;
                for (std::size_t d = 0; d < D; ++d) z_row[d] += att_row[s] * v[s * C + d];
            }
        }
}

// Copies are as fast as memory; the plain loop is the fast one. (By its own name, so that it is no accident.)
template <class Real>
void keep_keys_and_values(simd, const Real* qkv, const token_place* places, Real* keys, Real* values, std::size_t rows,
                          std::size_t C, std::size_t room) {
    keep_keys_and_values(cpu{}, qkv, places, keys, values, rows, C, room);
}

template <class Real>
void attention_over_kept(simd, const Real* qkv, const token_place* places, const Real* keys, const Real* values, Real* att,
                         Real* z, std::size_t rows, std::size_t C, std::size_t H, std::size_t room) {
    const std::size_t D = C / H;
    const Real scale = 1 / std::sqrt(static_cast<Real>(D));
    parallel_for(rows * H, 1, [=](std::size_t begin, std::size_t end) {
        for (std::size_t task = begin; task < end; ++task) {
            const std::size_t r = task / H, h = task % H, seen = places[r].position + 1;
            const Real* q = qkv + r * 3 * C + h * D;
            const Real* k = keys + places[r].text * room * C + h * D;
            const Real* v = values + places[r].text * room * C + h * D;
            Real* att_row = att + task * room;
            Real* z_row = z + r * C + h * D;

            for (std::size_t s = 0; s < seen; ++s)
                att_row[s] = scale * sum_of_row<Real>(D, [q, k_row = k + s * C](std::size_t d, auto at) {
                    return at.load(q + d) * at.load(k_row + d);
                });

            const batch<Real> largest(max_of_row(att_row, seen));
            const Real sum = sum_of_row<Real>(seen, [=](std::size_t s, auto at) {
                const batch<Real> e = xsimd::exp(at.load(att_row + s, -INFINITY) - largest);
                at.store(att_row + s, e);
                return e;
            });

            for (std::size_t s = 0; s < seen; ++s) att_row[s] /= sum;
            each_vector<Real>(0, D, [=](std::size_t d, auto at) {
                batch<Real> mixture(Real(0));
                for (std::size_t s = 0; s < seen; ++s)
                    mixture = fused_multiply_add(batch<Real>(att_row[s]), at.load(v + s * C + d), mixture);
                at.store(z_row + d, mixture);
            });
        }
    });
}

}  // namespace stepgpt
