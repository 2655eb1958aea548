// The tensor cores' fragments: which lane holds which element, by products that give every position away.
#include "support.hpp"

#include <bit>

#include <stepgpt/cuda/mma.cuh>

using namespace stepgpt;

namespace {

std::uint16_t bf16_bits(float x) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16); }   // exact inputs

// One warp: c (16,8) = a (16,16) b, with a row-major and b (16,8) row-major, both in shared memory, fetched by ldmatrix.
template <class Bits, bool ByShuffles>
__global__ void one_product(float* c, const Bits* a, const Bits* b) {
    __shared__ __align__(16) Bits a_tile[16 * 16], b_tile[16 * 8];
    const int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    for (int i = lane; i < 16 * 16; i += 32) a_tile[i] = a[i];
    for (int i = lane; i < 16 * 8; i += 32) b_tile[i] = b[i];
    __syncthreads();
    std::uint32_t a_part[4], b_part[4];
    ldmatrix_x4(a_part, a_tile + (lane % 16) * 16 + lane / 16 * 8);         // rows 0-7, 8-15 of the left half, then the right
    ldmatrix_x4<true>(b_part, b_tile + lane % 16 * 8);                      // k 0-7, 8-15; lanes 16-31 name them again
    const std::uint32_t b_pair[2] = {b_part[0], b_part[1]};
    float sum[4] = {};
    if constexpr (ByShuffles) mma_by_shuffles(sum, a_part, b_pair);
    else mma_16x8x16_bf16(sum, a_part, b_pair);
    c[g * 8 + 2 * t] = sum[0];
    c[g * 8 + 2 * t + 1] = sum[1];
    c[(g + 8) * 8 + 2 * t] = sum[2];
    c[(g + 8) * 8 + 2 * t + 1] = sum[3];
}

}  // namespace

TEST_CASE("mma: the product of two matrices whose elements are all different") {
    std::vector<std::uint16_t> a(16 * 16), b(16 * 8);
    std::vector<float> wanted(16 * 8);
    const auto a_at = [](int r, int k) { return static_cast<float>((r * 5 + k * 3) % 17 - 8); };
    const auto b_at = [](int k, int c) { return static_cast<float>((k * 7 + c * 11) % 13 - 6); };
    for (int r = 0; r < 16; ++r)
        for (int k = 0; k < 16; ++k) a[r * 16 + k] = bf16_bits(a_at(r, k));
    for (int k = 0; k < 16; ++k)
        for (int c = 0; c < 8; ++c) b[k * 8 + c] = bf16_bits(b_at(k, c));
    for (int r = 0; r < 16; ++r)
        for (int c = 0; c < 8; ++c)
            for (int k = 0; k < 16; ++k) wanted[r * 8 + c] += a_at(r, k) * b_at(k, c);   // small whole numbers: exact
    const auto result_of = [&](auto kernel) {
        return test::under_every_schedule([&] {
            std::vector<float> result(16 * 8, NAN);
            launch(kernel, 1, 32, 0, result.data(), a.data(), b.data());
            return result;
        });
    };
    CHECK(result_of(one_product<std::uint16_t, false>) == wanted);
    CHECK(result_of(one_product<std::uint16_t, true>) == wanted);   // what a GPU before sm_80 does
}
