// Dropout (Srivastava et al. 2014), inverted: an element is zeroed with probability p, else multiplied by 1 / (1 - p).
//
// The mask is not stored. It is a function of (seed, layer, step, index), so backward computes it again, and every device
// and every number of threads drops the same elements.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <stepgpt/core/device.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/core/simd_random.hpp>

namespace stepgpt {

struct dropout_mask {
    double p = 0;
    random_numbers numbers{0, stream::dropout};
    std::uint64_t first = 0;      // elements before these, so that a part of a tensor has its part of the mask
    const std::uint32_t* step_there = nullptr;    // if set, where a GPU finds the step that `numbers` are of

    bool active() const { return p > 0; }
    bool drops(std::uint64_t index) const { return numbers.bits(first + index) < static_cast<std::uint32_t>(p * 0x1p32); }
    dropout_mask from(std::uint64_t element) const { return {p, numbers, first + element, step_there}; }

    // What element `index` is multiplied by: 0 or 1 / (1 - p).
    template <class Real>
    Real factor(std::uint64_t index) const {
        return drops(index) ? Real(0) : static_cast<Real>(1 / (1 - p));
    }
};

// Forward on x and backward on dy are the same multiplication. y may be x.
template <class Real>
void dropout_apply(cpu, const Real* x, Real* y, const dropout_mask& mask, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * mask.factor<Real>(i);
}

namespace detail {
// to[i] = mask.factor(first + i) for i < count.
template <class Real>
void dropout_factors(const dropout_mask& mask, std::uint64_t first, std::size_t count, Real* to) {
    constexpr std::size_t piece = 256;
    std::uint32_t words[piece];
    const auto threshold = static_cast<std::uint32_t>(mask.p * 0x1p32);
    const auto kept = static_cast<Real>(1 / (1 - mask.p));
    for (std::size_t done = 0; done < count;) {
        const std::uint64_t word = mask.first + first + done;
        const std::size_t skipped = word % 4, n = std::min(piece - skipped, count - done);
        random_words(mask.numbers, word / 4, (skipped + n + 3) / 4, words);
        for (std::size_t i = 0; i < n; ++i) to[done + i] = words[skipped + i] < threshold ? Real(0) : kept;
        done += n;
    }
}
}  // namespace detail

template <class Real>
void dropout_apply(simd, const Real* x, Real* y, const dropout_mask& mask, std::size_t n) {
    const timed here = timed_pass<Real>("dropout", 2 * n);
    parallel_for(n, 4096, [=](std::size_t begin, std::size_t end) {
        constexpr std::size_t piece = 256;
        Real factor[piece];
        for (; begin < end; begin += piece) {
            const std::size_t count = std::min(piece, end - begin);
            detail::dropout_factors(mask, begin, count, factor);
            for (std::size_t i = 0; i < count; ++i) y[begin + i] = x[begin + i] * factor[i];
        }
    });
}

}  // namespace stepgpt
