// Causal self-attention for `simd`: a block of queries at a time, and no (B,H,T,T) tensor.
//
// The probabilities of a block of queries lie in memory that stays in the cache; forward keeps only the logarithm of
// each row's sum, and backward computes the probabilities again from it (Dao et al. 2022, "FlashAttention"; here a row of
// scores is whole, so the softmax needs no rescaling). Products are those of the matrix product's tile, on keys and values
// that are packed once for a head; a tile stops at the diagonal, so the future costs nothing.
//
// A task is a head of one sequence, or a part of its queries where heads are few. How many parts depends on the shape
// alone. In backward each part has its own share of dk and dv; the shares are then added in order: the same bits on any
// number of threads. What is computed, and the shapes: kernel/attention.hpp, which includes this file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/simd.hpp>
#include <stepgpt/kernel/attention_products.hpp>
#include <stepgpt/kernel/dropout.hpp>
#include <stepgpt/kernel/scratch.hpp>

namespace stepgpt {
inline std::size_t attention_memory(simd, std::size_t /*T*/) { return 1; }

namespace detail {
// Of the row p of scores, the first `seen` are seen. Those behind them, as far as their vector and a tile reach, are made
// to have the probability 0; returns where that vector ends, so that a row consists of whole vectors.
template <class Real>
std::size_t hide_future(Real* p, std::size_t seen) {
    const std::size_t end = round_up(seen, lanes<Real>);
    std::fill(p + seen, p + end, -std::numeric_limits<Real>::infinity());
    std::fill_n(p + end, tile_rows, Real(0));
    return end;
}
}  // namespace detail

template <class Real>
void attention_forward(simd, const Real* qkv, Real* z, Real* att, const dropout_mask& mask, std::size_t B, std::size_t T,
                       std::size_t C, std::size_t H) {
    const timed here = detail::timed_attention<Real>("attention forward", B, T, C, 2, 4);
    using namespace detail;
    if (B * T * C == 0) return;
    const attention_plan<Real> plan{B, T, C, H};
    const std::size_t size = plan.packed_columns() + plan.packed_rows() + plan.scores() + plan.row;
    struct work;
    Real* const memory = scratch<Real, work>(static_cast<std::size_t>(thread_count()) * round_up(size, 16));

    parallel_team([=](team t) {
        Real* const keys = memory + t.thread() * round_up(size, 16);
        Real *const values = keys + plan.packed_columns(), *const scores = values + plan.packed_rows();
        Real* const factors = scores + plan.scores();

        t.each(plan.tasks(), [=](std::size_t task) {
            const std::size_t head = task / plan.parts, part = task % plan.parts, b = head / H, h = head % H, D = plan.D;
            const std::size_t end = plan.first_query(part + 1);
            const matrix_view<Real> q = matrix(qkv + b * T * 3 * C + h * D, 3 * C), k = q.from(0, C), v = q.from(0, 2 * C);
            Real* const z_head = z + b * T * C + h * D;
            pack_panels(keys, k.transposed(), D, end);
            pack_panels(values, v, T, D);
            for (std::size_t t0 = plan.first_query(part); t0 < end; t0 += plan.block) {
                const std::size_t m = std::min(plan.block, end - t0);
                Real sums[query_block];
                Real* const log_sums = att + head * T + t0;
                attention_scores(plan, q, keys, t0, m, scores);
                for (std::size_t i = 0; i < m; ++i) {
                    Real* const p = scores + i * plan.row;
                    const std::size_t seen = hide_future(p, t0 + i + 1);
                    const Real scale = plan.scale, offset = -max_of_row(p, seen) * scale;
                    sums[i] = sum_of_row<Real>(seen, [=](std::size_t s, auto at) {
                        const batch<Real> e = xsimd::exp(fused_multiply_add<Real>(at.load(p + s), scale, offset));
                        at.store(p + s, e);
                        return e;
                    });
                    log_sums[i] = offset;
                    if (!mask.active()) continue;
                    dropout_factors(mask, (head * T + t0 + i) * T, seen, factors);
                    each_vector<Real>(0, seen, [=](std::size_t s, auto at) {
                        at.store(p + s, at.load(p + s) * at.load(factors + s));
                    });
                }
                attention_sums(plan, scores, values, t0, m, z_head, C);
                for (std::size_t i = 0; i < m; ++i)
                    each_vector<Real>(0, D, [z_row = z_head + (t0 + i) * C, s = 1 / sums[i]](std::size_t d, auto at) {
                        at.store(z_row + d, at.load(z_row + d) * s);
                    });
                each_vector<Real>(0, m, [sums = &sums[0], log_sums](std::size_t i, auto at) {
                    at.store(log_sums + i, xsimd::log(at.load(sums + i, 1)) - at.load(log_sums + i));
                });
            }
        });
    });
}

template <class Real>
void attention_backward(simd, const Real* dz, const Real* qkv, const Real* z, const Real* att, Real* dqkv,
                        const dropout_mask& mask, std::size_t B, std::size_t T, std::size_t C, std::size_t H) {
    const timed here = detail::timed_attention<Real>("attention backward", B, T, C, 5, 9);
    using namespace detail;
    if (B * T * C == 0) return;
    const attention_plan<Real> plan{B, T, C, H};
    const std::size_t size = 2 * plan.packed_columns() + plan.packed_rows() + 2 * plan.packed_block() + 2 * plan.scores() +
                             plan.row;
    const std::size_t share_size = plan.parts > 1 ? 2 * T * plan.D : 0;                   // dk and dv of a part
    struct work;
    struct shares;
    Real* const memory = scratch<Real, work>(static_cast<std::size_t>(thread_count()) * round_up(size, 16));
    Real* const share = scratch<Real, shares>(plan.tasks() * share_size);

    parallel_team([=](team t) {
        Real* const keys = memory + t.thread() * round_up(size, 16);
        Real *const values = keys + plan.packed_columns(), *const key_rows = values + plan.packed_columns();
        Real *const dz_block = key_rows + plan.packed_rows(), *const q_block = dz_block + plan.packed_block();
        Real *const scores = q_block + plan.packed_block(), *const dscores = scores + plan.scores();
        Real* const factors = dscores + plan.scores();

        t.each(plan.tasks(), [=](std::size_t task) {
            const std::size_t head = task / plan.parts, part = task % plan.parts, b = head / H, h = head % H, D = plan.D;
            const std::size_t begin = plan.first_query(part), end = plan.first_query(part + 1);
            const matrix_view<Real> q = matrix(qkv + b * T * 3 * C + h * D, 3 * C), k = q.from(0, C), v = q.from(0, 2 * C);
            const matrix_view<Real> dz_head = matrix(dz + b * T * C + h * D, C), z_head = matrix(z + b * T * C + h * D, C);
            Real* const dq = dqkv + b * T * 3 * C + h * D;
            Real* const dk = plan.parts > 1 ? share + task * share_size : dq + C;
            Real* const dv = plan.parts > 1 ? dk + T * D : dq + 2 * C;
            const std::size_t dk_row = plan.parts > 1 ? D : 3 * C;
            pack_panels(keys, k.transposed(), D, end);
            pack_panels(values, v.transposed(), D, end);
            pack_panels(key_rows, k, T, D);
            for (std::size_t t0 = begin; t0 < end; t0 += plan.block) {
                const std::size_t m = std::min(plan.block, end - t0);
                attention_scores(plan, q, keys, t0, m, scores);
                attention_scores(plan, dz_head, values, t0, m, dscores);                  // now datt
                for (std::size_t i = 0; i < m; ++i) {
                    Real *const p = scores + i * plan.row, *const dp = dscores + i * plan.row;
                    const std::size_t seen = hide_future(p, t0 + i + 1);
                    const Real scale = plan.scale, minus_log_sum = -att[head * T + t0 + i];
                    const Real att_datt = sum_of_row<Real>(D, [dz_row = dz_head.at(t0 + i, 0), z_row = z_head.at(t0 + i, 0)](
                                                                  std::size_t d, auto at) {
                        return at.load(dz_row + d) * at.load(z_row + d);
                    });
                    const auto probability = [=](std::size_t s, auto at) {
                        return xsimd::exp(fused_multiply_add<Real>(at.load(p + s), scale, minus_log_sum));
                    };
                    if (mask.active()) {
                        dropout_factors(mask, (head * T + t0 + i) * T, seen, factors);
                        each_vector<Real>(0, seen, [=](std::size_t s, auto at) {
                            const batch<Real> att_s = probability(s, at), kept = at.load(factors + s);
                            at.store(p + s, att_s * kept);
                            at.store(dp + s, att_s * (at.load(dp + s) * kept - att_datt) * scale);
                        });
                    } else {
                        each_vector<Real>(0, seen, [=](std::size_t s, auto at) {
                            const batch<Real> att_s = probability(s, at);
                            at.store(p + s, att_s);
                            at.store(dp + s, att_s * (at.load(dp + s) - att_datt) * scale);
                        });
                    }
                    std::fill_n(dp + seen, tile_rows, Real(0));
                }
                attention_sums(plan, dscores, key_rows, t0, m, dq, 3 * C);
                const std::size_t fresh = t0 == begin ? 0 : t0;
                pack_panels(dz_block, dz_head.from(t0, 0), m, D);
                pack_panels(q_block, q.from(t0, 0), m, D);
                attention_key_sums(plan, scores, dz_block, t0, m, dv, dk_row, fresh);
                attention_key_sums(plan, dscores, q_block, t0, m, dk, dk_row, fresh);
            }
        });
    });

    if (plan.parts == 1) return;
    parallel_for(B * H * T, 16, [=](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const std::size_t head = row / T, s = row % T, b = head / H, h = head % H, D = plan.D;
            each_vector<Real>(0, D, [=, dk = dqkv + (b * T + s) * 3 * C + C + h * D](std::size_t d, auto at) {
                batch<Real> dk_d(Real(0)), dv_d(Real(0));
                for (std::size_t part = 0; part < plan.parts; ++part) {
                    if (plan.first_query(part + 1) <= s || plan.first_query(part) == plan.first_query(part + 1)) continue;
                    const Real* const dk_share = share + (head * plan.parts + part) * share_size + s * D;
                    dk_d += at.load(dk_share + d);
                    dv_d += at.load(dk_share + T * D + d);
                }
                at.store(dk + d, dk_d);
                at.store(dk + C + d, dv_d);
            });
        }
    });
}

}  // namespace stepgpt
