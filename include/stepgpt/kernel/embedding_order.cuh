// The rows of a batch, ordered by token and then by place, without an atomic: every row counts those that come before it.
//     order[i]   the row in place i
//     run[i]     how many rows follow from i on that have the token of row order[i], if it is the first of them; else 0
//
// rows^2 comparisons, 256 rows a block against 256 in shared memory, and the same bits every time. A comparison is two
// instructions, since a tile of 256 rows lies wholly before a block's own, or behind, or is its own: in an earlier tile the
// same token comes before, in a later one it does not. (A batch of 65,536 rows costs some tenths of a millisecond, of a step
// of a tenth of a second; should rows grow, a radix sort is the next rung.)
#pragma once

#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/cuda/warp.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Int>
__global__ void __launch_bounds__(256) order_rows(const std::int32_t* ids, Int* order, int rows) {
    __shared__ std::int32_t others[256];
    const int me = threadIdx.x, own_tile = blockIdx.x * 256, r = own_tile + me;
    const std::int32_t mine = r < rows ? ids[r] : 0;
    Int before = 0;
    for (int tile = 0; tile < rows; tile += 256) {
        const int count = min(256, rows - tile);
        if (me < count) others[me] = ids[tile + me];
        __syncthreads();
        if (tile < own_tile)
            for (int k = 0; k < count; ++k) before += others[k] <= mine;
        else if (tile > own_tile)
            for (int k = 0; k < count; ++k) before += others[k] < mine;
        else
            for (int k = 0; k < count; ++k) before += others[k] < mine || (others[k] == mine && k < me);
        __syncthreads();
    }
    if (r < rows) order[before] = r;
}

// A thread a place: the first of a token's rows looks for the last by halving.
template <class Int>
__global__ void __launch_bounds__(256) runs_of_rows(const std::int32_t* ids, const Int* order, Int* run, int rows) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= rows) return;
    const std::int32_t mine = ids[order[i]];
    if (i > 0 && ids[order[i - 1]] == mine) {
        run[i] = 0;
        return;
    }
    int low = i, high = rows;                      // the row in place low has my token, the one in place high has not
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (ids[order[middle]] == mine) low = middle;
        else high = middle;
    }
    run[i] = high - i;
}

struct row_order {
    const int *order, *run;   // (rows) each
};

inline row_order order_of_rows(const std::int32_t* ids, std::size_t rows) {
    struct lists;
    int* const order = device_scratch<int, lists>(2 * rows);
    launch(order_rows<int>, blocks_for(rows, 256), 256, 0, ids, order, static_cast<int>(rows));
    launch(runs_of_rows<int>, blocks_for(rows, 256), 256, 0, ids, order, order + rows, static_cast<int>(rows));
    return {order, order + rows};
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
