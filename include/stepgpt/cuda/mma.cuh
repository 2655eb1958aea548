// The tensor cores' instructions, as one warp issues them: mma m16n8k16 on bf16, and ldmatrix, which fetches its operands.
//
// A warp multiplies A (16,16) by B (16,8) and adds to C (16,8), floats. Lane l holds, with g = l / 4 and t = l % 4:
//     a[0] A[g][2t, 2t+1]   a[1] A[g+8][2t, 2t+1]   a[2] A[g][2t+8, 2t+9]   a[3] A[g+8][2t+8, 2t+9]   two bf16 a register,
//     b[0] B[2t, 2t+1][g]   b[1] B[2t+8, 2t+9][g]                                                    the lower index low
//     c[0, 1] C[g][2t, 2t+1]   c[2, 3] C[g+8][2t, 2t+1]
// Source: NVIDIA, PTX ISA 9.0, sections 9.7.14.5.8 (mma.m16n8k16) and 9.7.14.5.15 (ldmatrix, sm_75). mma needs sm_80.
// The simulator lets each lane compute its four numbers from what all lanes have published; the order in which a real tensor
// core adds is not known, so its bits are its own.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include <stepgpt/cuda/launch.cuh>

#ifndef __CUDACC__
namespace stepgpt::sim {

inline float bf16_at(const std::uint32_t* registers, int index, int half) {
    const std::uint32_t bits = (half ? registers[index] >> 16 : registers[index] & 0xffff) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

struct mma_operands {
    std::uint32_t a[4], b[2];
};

// A[row][k] and B[k][column] from the lanes that hold them.
inline float mma_a(const lanes& all, int row, int k) {
    const auto* from = static_cast<const mma_operands*>(all.published[row % 8 * 4 + k % 8 / 2]);
    return bf16_at(from->a, (row >= 8) + 2 * (k >= 8), k % 2);
}
inline float mma_b(const lanes& all, int k, int column) {
    const auto* from = static_cast<const mma_operands*>(all.published[column * 4 + k % 8 / 2]);
    return bf16_at(from->b, k >= 8, k % 2);
}

}  // namespace stepgpt::sim
#endif

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

// The same product where there is no such instruction, before sm_80: lanes ask each other for what they need. Slow, and
// right. (A function of its own: hundreds of copies of it would take minutes to compile.)
__attribute__((noinline)) __device__ inline void mma_by_shuffles(float (&c)[4], const std::uint32_t (&a)[4],
                                                                 const std::uint32_t (&b)[2]) {
    const auto low = [](std::uint32_t pair) { return std::bit_cast<float>(pair << 16); };
    const auto high = [](std::uint32_t pair) { return std::bit_cast<float>(pair & 0xffff0000u); };
    const auto dot = [=](std::uint32_t x, std::uint32_t y) { return low(x) * low(y) + high(x) * high(y); };
    const int g = threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
    for (int half = 0; half < 2; ++half)
        for (int pair = 0; pair < 4; ++pair) {   // k = 8 half + 2 pair, and the next
            const std::uint32_t upper = __shfl_sync(0xffffffffu, a[2 * half], 4 * g + pair);
            const std::uint32_t lower = __shfl_sync(0xffffffffu, a[2 * half + 1], 4 * g + pair);
            const std::uint32_t left = __shfl_sync(0xffffffffu, b[half], 4 * column + pair);
            const std::uint32_t right = __shfl_sync(0xffffffffu, b[half], 4 * column + 4 + pair);
            c[0] += dot(upper, left);
            c[1] += dot(upper, right);
            c[2] += dot(lower, left);
            c[3] += dot(lower, right);
        }
}

// c += A B. All 32 lanes take part.
__device__ inline void mma_16x8x16_bf16(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    mma_by_shuffles(c, a, b);
#endif
#else
    const sim::mma_operands mine{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
    const sim::lanes all = sim::publish(&mine);
    const int g = sim::lane() / 4, t = sim::lane() % 4;
    for (int i = 0; i < 4; ++i) {
        const int row = g + i / 2 * 8, column = 2 * t + i % 2;
        float sum = 0;
        for (int k = 0; k < 16; ++k) sum += sim::mma_a(all, row, k) * sim::mma_b(all, k, column);
        c[i] += sum;
    }
    sim::warp_barrier(0xffffffffu);   // the operands of all lanes have been read
#endif
}

// Four 8 x 8 matrices of bf16 from shared memory. Lane l gives the address of row l % 8 of matrix l / 8 (16 bytes, aligned)
// and receives of matrix i the elements [l / 4][2 (l % 4), + 1] in registers[i]; Transposed: [2 (l % 4), + 1][l / 4].
template <bool Transposed = false>
__device__ inline void ldmatrix_x4(std::uint32_t (&registers)[4], const void* row) {
#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 750
    const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
    if constexpr (Transposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address) : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address) : "memory");
#endif
#else
    if (reinterpret_cast<std::uintptr_t>(row) & 15)
        throw error({.where = "cuda_sim", .subject = "ldmatrix", .found = "an address that is not a multiple of 16"});
    const sim::lanes all = sim::publish(row);
    const int first = sim::lane() / 4, second = sim::lane() % 4 * 2;
    for (int i = 0; i < 4; ++i) {
        const auto element = [&](int r, int c) {
            std::uint16_t value;
            std::memcpy(&value, static_cast<const char*>(all.published[8 * i + r]) + 2 * c, sizeof value);
            return std::uint32_t{value};
        };
        registers[i] = Transposed ? element(second, first) | element(second + 1, first) << 16
                                  : element(first, second) | element(first, second + 1) << 16;
    }
    sim::warp_barrier(0xffffffffu);
#endif
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
