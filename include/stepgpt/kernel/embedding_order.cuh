// The rows of a batch, ordered by token and then by place, without an atomic: every row counts those that come before it.
//     order[i]   the row in place i
//     run[i]     how many rows follow from i on that have the token of row order[i], if it is the first of them; else 0
//
// rows^2 comparisons, 256 rows a block against 256 in shared memory: far less than a layer's products, and the same bits
// every time.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Int>
__global__ void __launch_bounds__(256) order_rows(const std::int32_t* ids, Int* order, Int* run, int rows) {
    __shared__ std::int32_t others[256];
    const int r = blockIdx.x * 256 + threadIdx.x;
    const std::int32_t mine = r < rows ? ids[r] : 0;
    Int before = 0, equal_before = 0, equal = 0;
    for (int tile = 0; tile < rows; tile += 256) {
        if (const int other = tile + static_cast<int>(threadIdx.x); other < rows) others[threadIdx.x] = ids[other];
        __syncthreads();
        for (int k = 0; k < min(256, rows - tile); ++k) {
            before += others[k] < mine;
            equal += others[k] == mine;
            equal_before += others[k] == mine && tile + k < r;
        }
        __syncthreads();
    }
    if (r < rows) {
        order[before + equal_before] = r;
        run[before + equal_before] = equal_before == 0 ? equal : 0;
    }
}

struct row_order {
    const int *order, *run;   // (rows) each
};

inline row_order order_of_rows(const std::int32_t* ids, std::size_t rows) {
    struct lists;
    int* const order = device_scratch<int, lists>(2 * rows);
    launch(order_rows<int>, blocks_for(rows, 256), 256, 0, ids, order, order + rows, static_cast<int>(rows));
    return {order, order + rows};
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
