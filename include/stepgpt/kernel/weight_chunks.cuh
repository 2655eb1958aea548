// All weights of a model in one launch, for `cuda` and `cuda_sim`: weights are cut into chunks of 4096, a block takes one, and
// finds in a table whose it is. Models have many small weights; a launch for each would cost more than its work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/optimizer_all.hpp>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline constexpr int chunk_size = 4096;

template <class Real>
struct optimized_chunks {
    optimized<Real> weight;
    int first;               // number of its first chunk
};

// The chunk that is block b's: of which weight, and from which element on.
template <class Real>
struct chunk {
    optimized<Real> w;
    std::size_t begin, end;
};
template <class Real>
__device__ chunk<Real> chunk_of_block(const optimized_chunks<Real>* all, int count) {
    int low = 0, high = count;                                      // the last one that begins at or before this block
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (all[middle].first <= static_cast<int>(blockIdx.x)) low = middle;
        else high = middle;
    }
    const std::size_t begin = static_cast<std::size_t>(blockIdx.x - all[low].first) * chunk_size;
    return {all[low].weight, begin, min(all[low].weight.size, begin + chunk_size)};
}

// Calls visit(i, n) for elements i .. i + n - 1 of the chunk that are this thread's, n = 4 but at the weight's end. i is a
// multiple of 4.
template <class Real, class Visit>
__device__ void each_four(const chunk<Real>& c, Visit&& visit) {
    for (std::size_t i = c.begin + 4 * threadIdx.x; i < c.end; i += 4 * blockDim.x)
        visit(i, static_cast<int>(min(c.end - i, std::size_t{4})));
}

// Four neighbours, of which n are there: moved at once, unless they lie across such addresses.
template <class T>
__device__ bool moves_at_once(const T* p, int n) {
    return n == 4 && reinterpret_cast<std::uintptr_t>(p) % sizeof(pack<T, 4>) == 0;
}
template <class T>
__device__ pack<T, 4> load_four(const T* from, int n) {
    if (moves_at_once(from, n)) return load<4>(from);
    pack<T, 4> x{};
    for (int k = 0; k < n; ++k) x.at[k] = from[k];
    return x;
}
template <class T>
__device__ void store_four(T* to, const pack<T, 4>& x, int n) {
    if (moves_at_once(to, n)) return store(to, x);
    for (int k = 0; k < n; ++k) to[k] = x.at[k];
}

// A table on the device, as a launch needs it: the weights, their number, and how many chunks they have.
template <class Real>
struct chunk_table {
    const optimized_chunks<Real>* all = nullptr;
    int count = 0, chunks = 0;
};

// Keeps the table of weights that stay where they are.
template <class Real>
class weight_table {
public:
    weight_table() = default;
    explicit weight_table(std::span<const optimized<Real>> weights) { write(weights); }

    void write(std::span<const optimized<Real>> weights) {
        here_.clear();
        chunks_ = 0;
        for (const auto& w : weights) {
            here_.push_back({w, chunks_});
            chunks_ += static_cast<int>((w.size + chunk_size - 1) / chunk_size);
        }
        there_.reserve(here_.size());
        to_device(gpu{}, here_.data(), there_.data(), here_.size());
    }
    operator chunk_table<Real>() const { return {there_.data(), static_cast<int>(here_.size()), chunks_}; }

private:
    std::vector<optimized_chunks<Real>> here_;
    device_buffer<optimized_chunks<Real>> there_;
    int chunks_ = 0;
};

// The table of one launch.
template <class Real>
chunk_table<Real> table_of(std::span<const optimized<Real>> weights) {
    static thread_local auto* const kept = new weight_table<Real>;   // never freed: the driver may be gone before this thread is
    kept->write(weights);
    return *kept;
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
