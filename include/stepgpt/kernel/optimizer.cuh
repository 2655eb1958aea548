// One step of an optimizer for all weights of a model in one launch, for `cuda` and `cuda_sim`: kernel/optimizer.hpp has the
// formulas.
//
// A bf16 weight learns through its master: the step is made there, in float, and the weight is what the master is rounded to at
// random (core/bf16.hpp), by numbers that depend on the weight's place and on t alone. So a run that is resumed rounds as if it
// had not stopped. The numbers of a step lie on the device (step_numbers.cuh).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <stepgpt/core/random.hpp>
#include <stepgpt/kernel/gradients.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Numbers i .. i + n - 1 that have learnt, put where the model reads them. i is a multiple of 4: one block of random bits has
// the noise of all four.
template <class Real>
__device__ void put_weights(const optimized<Real>& w, std::size_t i, const pack<accumulator<Real>, 4>& learnt, std::uint32_t t,
                            int n) {
    pack<Real, 4> values;
    if (w.master) {
        const auto noise = random_numbers(w.place, stream::rounding, t).block(i / 4);
        for (int k = 0; k < 4; ++k)
            values.at[k] = static_cast<Real>(rounded_at_random(static_cast<float>(learnt.at[k]), noise[k]));
        store_four(w.master + i, learnt, n);
    } else {
        for (int k = 0; k < 4; ++k) values.at[k] = static_cast<Real>(learnt.at[k]);
    }
    store_four(w.value + i, values, n);
}
template <class Real>
__device__ pack<accumulator<Real>, 4> get_weights(const optimized<Real>& w, std::size_t i, int n) {
    if (w.master) return load_four(w.master + i, n);
    const pack<Real, 4> narrow = load_four(w.value + i, n);
    pack<accumulator<Real>, 4> values;
    for (int k = 0; k < 4; ++k) values.at[k] = static_cast<accumulator<Real>>(narrow.at[k]);
    return values;
}

template <class Real>
__global__ void adamw_step_of_chunk(const optimized_chunks<Real>* all, int count, const update_numbers<accumulator<Real>>* now) {
    using Sum = accumulator<Real>;
    const update_numbers<Sum> step = *now;
    if (!step.learns) return;
    const chunk<Real> c = chunk_of_block(all, count);
    each_four(c, [&](std::size_t i, int n) {
        const pack<Sum, 4> gradients = get_gradients(c.w, i, n);
        pack<Sum, 4> m = load_four(c.w.m + i, n), v = load_four(c.w.v + i, n), w = get_weights(c.w, i, n);
        for (int k = 0; k < 4; ++k) {
            const Sum g = gradients.at[k] * step.scale;
            m.at[k] = step.beta1 * m.at[k] + (1 - step.beta1) * g;
            v.at[k] = step.beta2 * v.at[k] + (1 - step.beta2) * g * g;
            const Sum direction = m.at[k] / (sqrt(v.at[k]) * step.root + step.eps);
            w.at[k] = (c.w.decays ? w.at[k] * step.shrink : w.at[k]) - step.rate * direction;
        }
        store_four(c.w.m + i, m, n);
        store_four(c.w.v + i, v, n);
        put_weights(c.w, i, w, step.t, n);
    });
}

template <class Real>
__global__ void sgd_step_of_chunk(const optimized_chunks<Real>* all, int count, const update_numbers<accumulator<Real>>* now) {
    using Sum = accumulator<Real>;
    const update_numbers<Sum> step = *now;
    if (!step.learns) return;
    const chunk<Real> c = chunk_of_block(all, count);
    each_four(c, [&](std::size_t i, int n) {
        const pack<Sum, 4> gradients = get_gradients(c.w, i, n);
        pack<Sum, 4> m = load_four(c.w.m + i, n), w = get_weights(c.w, i, n);
        for (int k = 0; k < 4; ++k) {
            const Sum g = gradients.at[k] * step.scale;
            m.at[k] = step.momentum * m.at[k] + (c.w.decays ? g + step.decay * w.at[k] : g);
            w.at[k] -= step.lr * m.at[k];
        }
        store_four(c.w.m + i, m, n);
        put_weights(c.w, i, w, step.t, n);
    });
}

template <class Real>
__global__ void round_chunk(const optimized_chunks<Real>* all, int count, std::uint32_t t) {
    const chunk<Real> c = chunk_of_block(all, count);
    each_four(c, [&](std::size_t i, int n) { put_weights(c.w, i, load_four(c.w.master + i, n), t, n); });
}

// The numbers of a step, rounded once on the host as every device rounds them.
template <class Sum>
update_numbers<Sum> numbers_of(const adamw_step& step, std::uint64_t t) {
    return {.beta1 = static_cast<Sum>(step.beta1), .beta2 = static_cast<Sum>(step.beta2),
            .shrink = static_cast<Sum>(1 - step.lr * step.decay), .rate = static_cast<Sum>(step.lr / step.correction1),
            .root = static_cast<Sum>(1 / std::sqrt(step.correction2)), .eps = static_cast<Sum>(step.eps),
            .t = static_cast<std::uint32_t>(t), .scale = static_cast<Sum>(step.gradient_scale)};
}
template <class Sum>
update_numbers<Sum> numbers_of(const sgd_step& step, std::uint64_t t) {
    return {.lr = static_cast<Sum>(step.lr), .momentum = static_cast<Sum>(step.momentum), .decay = static_cast<Sum>(step.decay),
            .t = static_cast<std::uint32_t>(t), .scale = static_cast<Sum>(step.gradient_scale)};
}

// One step of the rule whose kind of step the first argument has; `now` lies on the device.
template <class Real>
void update_all(const adamw_step*, const chunk_table<Real>& table, const update_numbers<accumulator<Real>>* now) {
    if (table.chunks > 0) launch(adamw_step_of_chunk<Real>, table.chunks, 256, 0, table.all, table.count, now);
}
template <class Real>
void update_all(const sgd_step*, const chunk_table<Real>& table, const update_numbers<accumulator<Real>>* now) {
    if (table.chunks > 0) launch(sgd_step_of_chunk<Real>, table.chunks, 256, 0, table.all, table.count, now);
}

template <class Real, class Step>
void update_once(std::span<const optimized<Real>> weights, const Step& step, std::uint64_t t) {
    using Sum = accumulator<Real>;
    const auto here = numbers_of<Sum>(step, t);
    struct numbers_there;
    auto* const there = device_scratch<update_numbers<Sum>, numbers_there>(1);
    to_device(gpu{}, &here, there, 1);
    update_all<Real>(&step, table_of(weights), there);
}

template <class Real>
void adamw_update_all(gpu, std::span<const optimized<Real>> weights, const adamw_step& step, std::uint64_t t) {
    update_once(weights, step, t);
}
template <class Real>
void sgd_update_all(gpu, std::span<const optimized<Real>> weights, const sgd_step& step, std::uint64_t t) {
    update_once(weights, step, t);
}

// A bf16 weight from its master, as step t rounded it.
inline void round_weights(gpu, float* master, bf16* value, std::size_t n, std::uint32_t place, std::uint64_t t) {
    const optimized<bf16> weight{.value = value, .master = master, .size = n, .place = place};
    const chunk_table<bf16> table = table_of(std::span(&weight, 1));
    if (table.chunks == 0) return;
    launch(round_chunk<bf16>, table.chunks, 256, 0, table.all, table.count, static_cast<std::uint32_t>(t));
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
