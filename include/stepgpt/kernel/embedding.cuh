// Token and position embedding for `cuda` and `cuda_sim`: kernel/embedding.hpp has the shapes.
//
// Backward adds up what the occurrences of a token receive. Atomic additions would do it in an order that differs from run to
// run, and so would the bits. Here occurrences are brought into the order of the text first (embedding_order.cuh), and then:
//     embedding_naive_backward     a thread a column walks through all tokens: right, and with C threads only
//     embedding_tokens_backward    a block a token walks through its occurrences, eight at a time, and joins them in a tree
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>
#include <stepgpt/kernel/embedding_order.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <int Count, class Real>
__global__ void embedding_rows_forward(const std::int32_t* ids, const Real* wte, const Real* wpe, Real* y, std::size_t n, int T,
                                       int C) {
    using Sum = accumulator<Real>;
    const std::size_t i = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Count;
    if (i >= n) return;
    const std::size_t row = i / C, c = i % C;
    pack<Real, Count> numbers = load<Count>(wte + static_cast<std::size_t>(ids[row]) * C + c);
    const pack<Real, Count> places = load<Count>(wpe + row % T * C + c);
    for (int j = 0; j < Count; ++j)
        numbers.at[j] = rounded<Real>(static_cast<Sum>(numbers.at[j]) + static_cast<Sum>(places.at[j]));
    store(y + i, numbers);
}

template <class Real>
__global__ void embedding_naive_backward(const std::int32_t* ids, const Real* dy, Real* dwte, int rows, int C) {
    using Sum = accumulator<Real>;
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= C) return;
    for (int r = 0; r < rows; ++r) {
        Real& sum = dwte[static_cast<std::size_t>(ids[r]) * C + c];
        sum = rounded<Real>(static_cast<Sum>(sum) + static_cast<Sum>(dy[static_cast<std::size_t>(r) * C + c]));
    }
}

// Block (i, 32 columns): if a token's occurrences begin at place i of the order, they are order[i] .. order[i + run[i] - 1].
template <class Real>
__global__ void __launch_bounds__(256)
    embedding_tokens_backward(const std::int32_t* ids, const int* order, const int* run, const Real* dy, Real* dwte, int C) {
    using Sum = accumulator<Real>;
    __shared__ Sum shared[8][32];
    const int lane = threadIdx.x, y = threadIdx.y, column = blockIdx.y * 32 + lane;
    const int first = blockIdx.x, last = first + run[first];
    if (first == last) return;                                      // the whole block: another one has this token
    Sum sum = 0;
    if (column < C)
        for (int i = first + y; i < last; i += 8) sum += static_cast<Sum>(dy[static_cast<std::size_t>(order[i]) * C + column]);
    shared[y][lane] = sum;
    for (int half = 4; half > 0; half /= 2) {
        __syncthreads();
        if (y < half) shared[y][lane] += shared[y + half][lane];
    }
    if (y == 0 && column < C) {
        Real& total = dwte[static_cast<std::size_t>(ids[order[first]]) * C + column];
        total = rounded<Real>(static_cast<Sum>(total) + shared[0][lane]);
    }
}

// dwpe[t,c] += sum over b of dy[b,t,c], in the order of b.
template <class Real>
__global__ void embedding_places_backward(const Real* dy, Real* dwpe, int B, std::size_t TC) {
    using Sum = accumulator<Real>;
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= TC) return;
    Sum sum = static_cast<Sum>(dwpe[i]);
    for (int b = 0; b < B; ++b) sum += static_cast<Sum>(dy[b * TC + i]);
    dwpe[i] = rounded<Real>(sum);
}

template <class Real>
void embedding_forward(gpu, const std::int32_t* ids, const Real* wte, const Real* wpe, Real* y, std::size_t B, std::size_t T,
                       std::size_t C) {
    const std::size_t n = B * T * C;
    if (n == 0) return;
    const auto run = [&](auto kernel, std::size_t each) {
        launch(kernel, blocks_for(n / each, 256), 256, 0, ids, wte, wpe, y, n, static_cast<int>(T), static_cast<int>(C));
    };
    if (in_packs(C, wte, wpe, y)) run(embedding_rows_forward<pack_size<Real>, Real>, pack_size<Real>);
    else run(embedding_rows_forward<1, Real>, 1);
}

template <class Real>
void embedding_backward(gpu, const std::int32_t* ids, const Real* dy, Real* dwte, Real* dwpe, std::size_t B, std::size_t T,
                        std::size_t C) {
    if (B * T * C == 0) return;
    const row_order by_token = order_of_rows(ids, B * T);
    launch(embedding_tokens_backward<Real>, dim3(static_cast<unsigned>(B * T), blocks_for(C, 32)), dim3(32, 8), 0, ids,
           by_token.order, by_token.run, dy, dwte, static_cast<int>(C));
    launch(embedding_places_backward<Real>, blocks_for(T * C, 256), 256, 0, dy, dwpe, static_cast<int>(B), T * C);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
