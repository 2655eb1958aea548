// The first two rungs of the matrix product on a GPU: to be read, and to be measured against. Neither is used.
//
//     C (M,N) = A (M,K) B (K,N)
#pragma once

#include <stepgpt/kernel/matmul_parts.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// A thread an element. Each reads 2K numbers for 2K operations: the kernel waits for memory all the time.
template <class Real, class End>
__global__ void matmul_naive(device_matrix<Real> A, device_matrix<Real> B, int M, int N, int K, End end) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= M || column >= N) return;
    accumulator<Real> sum = 0;
    for (int k = 0; k < K; ++k) sum += A.at(row, k) * B.at(k, column);
    end(row, column, sum);
}

// Side x Side threads bring a square of A and one of B to shared memory, and each number is then used Side times.
template <class Real, int Side, class End>
__global__ void matmul_tiled(device_matrix<Real> A, device_matrix<Real> B, int M, int N, int K, End end) {
    using Sum = accumulator<Real>;
    __shared__ Sum a_tile[Side][Side], b_tile[Side][Side];
    const int x = threadIdx.x, y = threadIdx.y, column = blockIdx.x * Side + x, row = blockIdx.y * Side + y;
    Sum sum = 0;
    for (int k0 = 0; k0 < K; k0 += Side) {
        a_tile[y][x] = row < M && k0 + x < K ? A.at(row, k0 + x) : Sum(0);
        b_tile[y][x] = k0 + y < K && column < N ? B.at(k0 + y, column) : Sum(0);
        __syncthreads();                                          // the tiles are complete
        for (int k = 0; k < Side; ++k) sum += a_tile[y][k] * b_tile[k][x];
        __syncthreads();                                          // everybody has read them
    }
    if (row < M && column < N) end(row, column, sum);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
