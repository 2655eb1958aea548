// The choice of a token from logits that lie on a device: the same token as generate/sampler.hpp would choose with the same
// number drawn, and only it comes back. For `cuda` and `cuda_sim`; logits (rows,V), whose rows begin
// logits_stride(V) apart -> a token a row.
//
// A block takes a row. Nothing is sorted: to find the k-th likeliest token, or where the likeliest ones together have
// probability p, or which of them the number drawn falls on, the block asks "how much weight have the tokens whose logit is at
// least x?" once for each bit of x, and adds it up in a tree. Weights are in double, as on a CPU; a choice could differ only if
// the number drawn fell within the last rounding of a sum.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/logits_stride.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// How to choose: generate/sampler.hpp's settings, as a kernel takes them.
struct choice_rules {
    double temperature, top_p, min_p, penalty;
    std::uint64_t top_k;
};

struct choice_made {
    std::int32_t id;
    double log_probability;      // before temperature and penalty
};

inline constexpr int choice_threads = 512;                                 // of a block at most
inline unsigned threads_for_choice(std::size_t V) { return V >= 4096 ? choice_threads : 64; }

// A block's view of its row. Every function is called by all threads together, and returns the same to all of them.
template <class Real>
struct choice_row {
    using key = std::conditional_t<sizeof(Real) == 8, std::uint64_t, std::uint32_t>;
    using number = std::conditional_t<sizeof(Real) == 8, double, float>;

    const Real* logits;             // (V)
    const std::uint8_t* seen;       // (V) 1: is in the text already; or null
    double* weights;                // (V)
    int V;
    double penalty;
    double* shared;                 // (choice_threads)

    // The order of logits as the order of whole numbers: of a negative number all bits are turned over, of others the first.
    __device__ static key order(double value) {
        const auto bits = std::bit_cast<key>(static_cast<number>(value + 0.0));    // -0 is 0: equals have one key
        constexpr key sign = key(1) << (8 * sizeof(key) - 1);
        return bits & sign ? ~bits : bits | sign;
    }
    __device__ double score(int v) const {
        const double x = static_cast<double>(logits[v]);
        if (!seen || !seen[v]) return x;
        return static_cast<double>(static_cast<Real>(static_cast<number>(x > 0 ? x / penalty : x * penalty)));
    }

    template <class Term>
    __device__ double sum(Term term) const {
        double mine = 0;
        for (int v = threadIdx.x; v < V; v += blockDim.x) mine += term(v);
        const double all = sum_of_block(mine, shared);
        __syncthreads();                                                   // shared will be used again
        return all;
    }

    // The likeliest token, the lowest of equals; its score is `largest`.
    __device__ int likeliest(double& largest) const {
        double best = score(0);
        int at = 0;
        for (int v = threadIdx.x; v < V; v += blockDim.x)
            if (const double x = score(v); x > best || (x == best && v < at)) best = x, at = v;
        for (int bits = 16; bits > 0; bits /= 2) {
            const double other = __shfl_xor_sync(all_lanes, best, bits);
            const int its = __shfl_xor_sync(all_lanes, at, bits);
            if (other > best || (other == best && its < at)) best = other, at = its;
        }
        __shared__ int places[32];
        if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = best, places[threadIdx.x / 32] = at;
        __syncthreads();
        for (unsigned w = 0; w < blockDim.x / 32; ++w)
            if (shared[w] > best || (shared[w] == best && places[w] < at)) best = shared[w], at = places[w];
        __syncthreads();
        largest = best;
        return at;
    }

    // The first token, by id, with which the sum of terms exceeds the limit; if none does, the last that has a term, or -1.
    template <class Term>
    __device__ int first_beyond(double limit, Term term) const {
        __shared__ int owner, chosen;
        __shared__ double before;
        const int each = (V + blockDim.x - 1) / blockDim.x, begin = min(V, static_cast<int>(threadIdx.x) * each),
                  end = min(V, begin + each);
        double mine = 0;
        for (int v = begin; v < end; ++v) mine += term(v);
        shared[threadIdx.x] = mine;
        __syncthreads();
        if (threadIdx.x == 0) {
            double sum = 0;
            owner = 0, chosen = -1, before = 0;
            for (int t = 0; t < static_cast<int>(blockDim.x); ++t) {
                if (shared[t] > 0) owner = t, before = sum;
                sum += shared[t];
                if (shared[t] > 0 && sum > limit) break;
            }
        }
        __syncthreads();
        if (static_cast<int>(threadIdx.x) == owner) {
            double sum = before;
            for (int v = begin; v < end; ++v) {
                const double x = term(v);
                if (x > 0) chosen = v;
                sum += x;
                if (x > 0 && sum > limit) break;
            }
        }
        __syncthreads();
        const int result = chosen;
        __syncthreads();
        return result;
    }

    // The largest key x for which enough(sum of terms of the tokens whose key is at least x).
    template <class Term, class Enough>
    __device__ key highest(Term term, Enough enough) const {
        key x = 0;
        for (int bit = 8 * sizeof(key) - 1; bit >= 0; --bit) {
            const key higher = x | key(1) << bit;
            if (enough(sum([&](int v) { return order(score(v)) >= higher ? term(v) : 0.0; }))) x = higher;
        }
        return x;
    }
};

// The tokens that are left: those above `key`, and of those that have it the ones up to `last`.
template <class Key>
struct choice_cut {
    Key key;
    int last;

    __device__ bool keeps(Key its, int v) const { return its > key || (its == key && v <= last); }
};

template <class Real>
__device__ int choose_by_weight(const choice_row<Real>& row, const choice_rules& rules, double largest, double uniform) {
    using key = typename choice_row<Real>::key;
    for (int v = threadIdx.x; v < row.V; v += blockDim.x) row.weights[v] = exp((row.score(v) - largest) / rules.temperature);
    __syncthreads();
    choice_cut<key> cut{0, row.V};
    const auto order = [&](int v) { return row.order(row.score(v)); };
    const auto weight = [&](int v) { return cut.keeps(order(v), v) ? row.weights[v] : 0.0; };
    const bool few = rules.top_k > 0 && rules.top_k < static_cast<std::uint64_t>(row.V);
    if (few) {
        const auto wanted = static_cast<double>(rules.top_k);
        const key at = row.highest([](int) { return 1.0; }, [=](double count) { return count >= wanted; });
        const double above = row.sum([&](int v) { return order(v) > at ? 1.0 : 0.0; });
        cut = {at, row.first_beyond(wanted - above - 0.5, [&](int v) { return order(v) == at ? 1.0 : 0.0; })};
    }
    if (rules.top_p < 1) {
        const double wanted = rules.top_p * row.sum(weight);
        const key at = row.highest(weight, [=](double mass) { return mass >= wanted; });
        const double above = row.sum([&](int v) { return order(v) > at ? weight(v) : 0.0; });
        const double rest = (wanted - above) * (1 - 0x1p-50);             // the token that completes it belongs to it
        const int last = row.first_beyond(rest, [&](int v) { return order(v) == at ? weight(v) : 0.0; });
        cut = {at, last};
    }
    const auto left = [&](int v) {
        const double w = weight(v);
        return w < rules.min_p ? 0.0 : w;
    };
    const double limit = uniform * row.sum(left);
    if (!few && rules.top_p >= 1) return row.first_beyond(limit, left);    // by id; else from the likeliest on
    const key at = row.highest(left, [=](double mass) { return mass > limit; });
    const double above = row.sum([&](int v) { return order(v) > at ? left(v) : 0.0; });
    return row.first_beyond(limit - above, [&](int v) { return order(v) == at ? left(v) : 0.0; });
}

// seen (rows,V) or null; uniforms (rows): the numbers drawn, in [0,1); weights (rows,V): room to work in.
template <class Real>
__global__ void __launch_bounds__(choice_threads)
    choose_tokens(const Real* logits, const std::uint8_t* seen, const double* uniforms, choice_rules rules, bool scored,
                  double* weights, choice_made* made, int V) {
    __shared__ double shared[choice_threads];
    const std::size_t r = blockIdx.x;
    choice_row<Real> row{logits + r * logits_stride(V), nullptr, weights + r * V, V, 1, shared};
    double largest, log_sum = 0;
    if (scored) {
        row.likeliest(largest);
        log_sum = largest + log(row.sum([&](int v) { return exp(row.score(v) - largest); }));
    }
    if (seen) row.seen = seen + r * V, row.penalty = rules.penalty;
    int id = row.likeliest(largest);
    if (rules.temperature > 0)
        if (const int drawn = choose_by_weight(row, rules, largest, uniforms[r]); drawn >= 0) id = drawn;
    if (threadIdx.x == 0) made[r] = {id, scored ? static_cast<double>(row.logits[id]) - log_sum : 0.0};
}

template <class Int>
__global__ void mark_seen(const std::int32_t* ids, Int* seen, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) seen[ids[i]] = 1;                                           // whoever writes it, writes the same
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
