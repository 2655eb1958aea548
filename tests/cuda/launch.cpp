// Kernels that are right, on the simulator: the right numbers, and the same bits in whatever order threads and blocks run.
#include "support.hpp"

#include <cmath>
#include <numeric>

using namespace stepgpt;

namespace {

template <class Real>
__device__ Real warp_total(Real value) {
    for (int bits = 16; bits > 0; bits /= 2) value += __shfl_xor_sync(0xffffffffu, value, bits);
    return value;
}

// One block a row, any width: shuffles inside a warp, shared memory between warps, barriers around its second use.
template <class Real>
__global__ void softmax_rows(Real* y, const Real* x, int width) {
    __shared__ Real partial[32];
    const Real* row = x + static_cast<std::size_t>(blockIdx.x) * width;
    Real* y_row = y + static_cast<std::size_t>(blockIdx.x) * width;
    const int me = threadIdx.x, step = blockDim.x, lane = me % 32, warp = me / 32, warps = step / 32;

    Real largest = -INFINITY;
    for (int c = me; c < width; c += step) largest = row[c] > largest ? row[c] : largest;
    for (int bits = 16; bits > 0; bits /= 2) {
        const Real other = __shfl_xor_sync(0xffffffffu, largest, bits);
        largest = other > largest ? other : largest;
    }
    if (lane == 0) partial[warp] = largest;
    __syncthreads();
    largest = partial[0];
    for (int w = 1; w < warps; ++w) largest = partial[w] > largest ? partial[w] : largest;
    __syncthreads();   // everyone has read the maxima before anyone overwrites them with sums

    Real sum = 0;
    for (int c = me; c < width; c += step) sum += y_row[c] = exp(row[c] - largest);
    sum = warp_total(sum);
    if (lane == 0) partial[warp] = sum;
    __syncthreads();
    sum = 0;
    for (int w = 0; w < warps; ++w) sum += partial[w];
    for (int c = me; c < width; c += step) y_row[c] /= sum;
}

// Column sums through dynamic shared memory, 32 columns a block.
template <class Real>
__global__ void column_sums(Real* sums, const Real* x, int rows, int columns) {
    STEPGPT_DYNAMIC_SHARED(Real, partial);
    const int c = blockIdx.x * 32 + threadIdx.x;
    Real sum = 0;
    for (int r = threadIdx.y; c < columns && r < rows; r += blockDim.y) sum += x[r * columns + c];
    partial[threadIdx.y * 32 + threadIdx.x] = sum;
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (static_cast<int>(threadIdx.y) < half)
            partial[threadIdx.y * 32 + threadIdx.x] += partial[(threadIdx.y + half) * 32 + threadIdx.x];
    }
    if (threadIdx.y == 0 && c < columns) sums[c] = partial[threadIdx.x];
}

// Where am I, and who is beside me.
template <class Int>
__global__ void lanes(Int* y) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    y[8 * i + 0] = __shfl_sync(0xffffffffu, lane, 5);
    y[8 * i + 1] = __shfl_up_sync(0xffffffffu, lane, 3);
    y[8 * i + 2] = __shfl_down_sync(0xffffffffu, lane, 3);
    y[8 * i + 3] = __shfl_xor_sync(0xffffffffu, lane, 4, 8);
    y[8 * i + 4] = __shfl_down_sync(0xffffffffu, lane, 3, 8);
    y[8 * i + 5] = static_cast<Int>(__ballot_sync(0xffffffffu, lane % 3 == 0) & 0xfff);
    y[8 * i + 6] = __any_sync(0xffffffffu, lane == 31);
    y[8 * i + 7] = __all_sync(0xffffffffu, lane < 31);
}

template <class Int>
__global__ void count_all(Int* total, Int* largest) {
    atomicAdd(total, Int(1));
    atomicMax(largest, static_cast<Int>(blockIdx.y * 1000 + threadIdx.z * 100 + threadIdx.y));
}

}  // namespace

TEST_CASE("simulator: a softmax of a width that is no multiple of anything") {
    const int rows = 5, width = 257;
    const auto x = test::device_numbers(rows * width, 1);
    const auto y = test::under_every_schedule([&] {
        std::vector<float> result(x.size(), NAN);
        launch(softmax_rows<float>, rows, 128, 0, result.data(), x.data(), width);
        return result;
    });
    for (int r = 0; r < rows; ++r) {
        double sum = 0;
        for (int c = 0; c < width; ++c) sum += std::exp(static_cast<double>(x[r * width + c]));
        for (int c = 0; c < width; ++c) {
            const double wanted = std::exp(static_cast<double>(x[r * width + c])) / sum;
            REQUIRE(std::abs(y[r * width + c] - wanted) <= 1e-6 * wanted);
        }
    }
}

TEST_CASE("simulator: dynamic shared memory, blocks of two dimensions, a launch on a stream") {
    const int rows = 19, columns = 40;
    std::vector<float> x(rows * columns);
    std::iota(x.begin(), x.end(), 0.0f);
    const auto sums = test::under_every_schedule([&] {
        std::vector<float> result(columns, NAN);
        launch(current_stream(), column_sums<float>, blocks_for(columns, 32), dim3(32, 8), 32 * 8 * sizeof(float), result.data(),
               x.data(), rows, columns);
        return result;
    });
    for (int c = 0; c < columns; ++c) CHECK(sums[c] == rows * c + columns * rows * (rows - 1) / 2);
}

TEST_CASE("simulator: shuffles and votes, as CUDA's manual has them") {
    const auto y = test::under_every_schedule([] {
        std::vector<int> result(8 * 64, -1);
        launch(lanes<int>, 1, 64, 0, result.data());
        return result;
    });
    const auto of = [&](int thread, int what) { return y[8 * thread + what]; };
    CHECK(of(40, 0) == 5);
    CHECK(of(2, 1) == 2);       // nobody three below: one's own
    CHECK(of(45, 1) == 10);
    CHECK(of(30, 2) == 30);
    CHECK(of(7, 2) == 10);
    CHECK(of(13, 3) == 9);      // 13 ^ 4, in the group 8 .. 15
    CHECK(of(13, 4) == 13);     // 16 is in the next group
    CHECK(of(9, 4) == 12);
    CHECK(of(0, 5) == 0b001001001001);
    CHECK(of(0, 6) == 1);
    CHECK(of(0, 7) == 0);
}

TEST_CASE("simulator: every thread of every block runs once, whatever the dimensions") {
    const auto y = test::under_every_schedule([] {
        std::vector<int> result(2, 0);
        launch(count_all<int>, dim3(2, 3, 2), dim3(5, 2, 3), 0, &result[0], &result[1]);
        return result;
    });
    CHECK(y[0] == 12 * 30);
    CHECK(y[1] == 2201);
    CHECK(blocks_for(0, 256) == 1);
    CHECK(blocks_for(256, 256) == 1);
    CHECK(blocks_for(257, 256) == 2);
}

TEST_CASE("simulator: a launch that no GPU would take") {
    int total = 0, largest = 0;
    CHECK_THROWS_WITH_AS(launch(count_all<int>, 1, 1025, 0, &total, &largest),
                         "cuda_sim, 'block': found 1025 threads, wanted 1 to 1024", error);
    CHECK_THROWS_AS(launch(count_all<int>, dim3(1, 70000), 1, 0, &total, &largest), error);
    CHECK_THROWS_AS(launch(count_all<int>, 1, 1, 300 * 1024, &total, &largest), error);
    launch(count_all<int>, 1, 1, 0, &total, &largest);
    CHECK(total == 1);
}
