// The matrix product  C (M,N) = A (M,K) B (K,N)  for `cuda` and `cuda_sim`, with what follows it done on the way out.
//
// A ladder, each rung checked against a product in double:
//     matmul_naive        a thread an element                                   matmul_lessons.cuh
//     matmul_tiled        squares of A and B in shared memory                   matmul_lessons.cuh
//     matmul_registers    squares of C in registers; any type and size          matmul_registers.cuh
//     matmul_tensor       tensor cores, bf16                                    matmul_tensor.cuh
// A real GPU's default is NVIDIA's cuBLASLt (cuda/cublaslt.cuh); matmul_by_hand is the best rung of our own.
//
// The three products of training, as in kernel/matmul.hpp:
//     y = x W         matmul(gpu{}, rows_of(x, in), rows_of(W, out), rows, out, in, ...)
//     dx = dy W^T     matmul(gpu{}, rows_of(dy, out), rows_of(W, out).transposed(), rows, in, out, ...)
//     dW += x^T dy    matmul(gpu{}, rows_of(x, in).transposed(), rows_of(dy, out), in, out, rows, ...)
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <stepgpt/cuda/cublaslt.cuh>
#include <stepgpt/kernel/matmul_lessons.cuh>
#include <stepgpt/kernel/matmul_parts.cuh>
#include <stepgpt/kernel/matmul_registers.cuh>
#include <stepgpt/kernel/matmul_tensor.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// Whether an operand can be copied 16 bytes at a time; `next` of its elements lie next to each other.
inline bool comes_in_eights(const device_matrix<bf16>& x, std::size_t next) {
    return reinterpret_cast<std::uintptr_t>(x.data) % 16 == 0 && x.stride % 8 == 0 && next % 8 == 0;
}

template <bool ATransposed, bool BTransposed, class Real, class End>
void matmul_by_hand_as_stored(device_matrix<Real> A, device_matrix<Real> B, std::size_t M, std::size_t N, std::size_t K,
                              End end) {
    const auto m = static_cast<int>(M), n = static_cast<int>(N), k = static_cast<int>(K);
    if constexpr (std::same_as<Real, bf16>)
        if (comes_in_eights(A, ATransposed ? M : K) && comes_in_eights(B, BTransposed ? K : N))
            return launch(matmul_tensor<ATransposed, BTransposed, End>, tiles(M, N, matmul_side), 256,
                          matmul_tensor_shared<ATransposed, BTransposed>, A, B, m, n, k, end);
    if (tiles(M, N, 128) >= 64)   // enough of them to keep a GPU busy
        launch(matmul_registers<Real, 8, ATransposed, BTransposed, End>, tiles(M, N, 128), 256, 0, A, B, m, n, k, end);
    else launch(matmul_registers<Real, 4, ATransposed, BTransposed, End>, tiles(M, N, 64), 256, 0, A, B, m, n, k, end);
}

// By our own kernels. A and B are not both transposed: no layer needs that.
template <class Real, finish How>
void matmul_by_hand(gpu, device_matrix<Real> A, device_matrix<Real> B, std::size_t M, std::size_t N, std::size_t K,
                    epilogue<Real, How> end) {
    if (M == 0 || N == 0) return;
    if (A.is_transposed) matmul_by_hand_as_stored<true, false>(A, B, M, N, K, end);
    else if (B.is_transposed) matmul_by_hand_as_stored<false, true>(A, B, M, N, K, end);
    else matmul_by_hand_as_stored<false, false>(A, B, M, N, K, end);
}

template <class Real, finish How>
void matmul(gpu device, device_matrix<Real> A, device_matrix<Real> B, std::size_t M, std::size_t N, std::size_t K,
            epilogue<Real, How> end) {
    if (!matmul_by_library(A, B, M, N, K, end)) matmul_by_hand(device, A, B, M, N, K, end);
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
