// Step 16: from one thread to a flash attention, on a GPU or without one.
//
// A C++ compiler builds this file for the simulator, which runs every CUDA thread as a fiber on the processor: set a
// breakpoint in a kernel and step. nvcc builds the very same file for a GPU. First a kernel and a race by hand; then
// the library's ladders, which compute the same in fewer journeys to far memory. docs/explanation/cuda.md tells the
// story.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <stepgpt/core/random.hpp>
#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/kernel/attention.cuh>
#include <stepgpt/kernel/matmul.cuh>

using namespace stepgpt;

bool all_well = true;
void check(const char* what, bool holds) {
    std::printf("  %-4s %s\n", holds ? "ok" : "FAIL", what);
    all_well = all_well && holds;
}

// A thread learns who it is, and from that what it has to do.
template <class T>
__global__ void who_am_i(T* numbers) {
    numbers[blockIdx.x * blockDim.x + threadIdx.x] = T(10 * blockIdx.x + threadIdx.x);
}

// The sum of 256 numbers down a tree: 128 threads add the upper half to the lower, then 64, and so on. Between two
// levels everybody has to wait: who goes on early adds what is not there yet.
template <class T, bool Waits>
__global__ void sum_by_tree(T* sum, const T* x) {
    STEPGPT_DYNAMIC_SHARED(T, shared);
    const int me = threadIdx.x;
    shared[me] = x[me];
    for (int half = 128; half > 0; half /= 2) {
        if constexpr (Waits) __syncthreads();
        if (me < half) shared[me] += shared[me + half];
    }
    if (me == 0) *sum = shared[0];
}

device_buffer<float> on_device(const std::vector<float>& x) {
    device_buffer<float> there(x.size());
    to_device(gpu{}, x.data(), there.data(), x.size());
    return there;
}
std::vector<float> back(const device_buffer<float>& there, std::size_t n) {
    std::vector<float> here(n);
    to_host(gpu{}, there.data(), here.data(), n);
    return here;
}
std::vector<float> drawn(std::size_t n, std::uint64_t seed) {
    const random_numbers draw(seed, stream::test);
    std::vector<float> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(2 * draw.uniform(i) - 1);
    return x;
}
double difference(const std::vector<float>& a, const std::vector<double>& b) {   // ||a - b|| / ||b||
    double off = 0, size = 0;
    for (std::size_t i = 0; i < b.size(); ++i) off += (a[i] - b[i]) * (a[i] - b[i]), size += b[i] * b[i];
    return std::sqrt(off / size);
}

void threads() {
    const device_buffer<int> numbers(12);
    launch(who_am_i<int>, 3, 4, 0, numbers.data());
    std::vector<int> here(12);
    to_host(gpu{}, numbers.data(), here.data(), 12);
    std::printf("3 blocks of 4 threads; each writes 10 times its block plus itself:\n ");
    for (const int number : here) std::printf(" %d", number);
    std::printf("\n\n");
    check("block 2, thread 3 wrote 23 at place 11", here[11] == 23);
}

void race() {
    std::vector<float> x(256);
    for (int i = 0; i < 256; ++i) x[i] = static_cast<float>(i);
    const auto there = on_device(x), sum = on_device({0});
    const auto right = [&](auto kernel) {
        launch(kernel, 1, 256, 256 * sizeof(float), sum.data(), there.data());
        return back(sum, 1)[0] == 32640;
    };
    bool always = right(sum_by_tree<float, true>);
    std::printf("\n0 + 1 + ... + 255 = 32640 by a tree of 256 threads, which wait for each other, or do not:\n\n");
#ifndef __CUDACC__   // only the simulator lets one choose who runs first
    bool sometimes = false, never_wrong = true;
    std::printf("  threads run        they wait   they do not\n");
    for (const auto& order : sim::schedules) {
        const sim::scheduled use(order);
        const bool waiting = right(sum_by_tree<float, true>), rushing = right(sum_by_tree<float, false>);
        std::printf("  %-18s %-11s %s\n", order.name, waiting ? "right" : "wrong", rushing ? "right" : "wrong");
        always = always && waiting, sometimes = sometimes || rushing, never_wrong = never_wrong && rushing;
    }
    std::printf("\n");
    check("without waiting, some orders are right by luck and some are wrong", sometimes && !never_wrong);
#endif
    check("with waiting, every order is right", always);
}

void products() {
    const int M = 70, N = 90, K = 64;
    const auto A = drawn(M * K, 1), B = drawn(K * N, 2);
    std::vector<double> wanted(M * N);
    for (int i = 0; i < M; ++i)
        for (int j = 0; j < N; ++j)
            for (int k = 0; k < K; ++k) wanted[i * N + j] += double(A[i * K + k]) * B[k * N + j];
    const auto a = on_device(A), b = on_device(B);
    const auto rung = [&](const char* name, int reads, auto kernel, dim3 grid, dim3 block) {
        const device_buffer<float> c(M * N);
        launch(kernel, grid, block, 0, rows_of(a.data(), K), rows_of(b.data(), N), M, N, K,
               epilogue<float, finish::write>{.c = c.data(), .stride = N});
        std::printf("  %-10s fetches %3d numbers from far memory for an element of C\n", name, reads);
        check("and equals the product in double (1e-6)", difference(back(c, M * N), wanted) < 1e-6);
    };
    using write = epilogue<float, finish::write>;
    std::printf("\nC (%d,%d) = A B, sums of %d products:\n\n", M, N, K);
    rung("naive", 2 * K, matmul_naive<float, write>, dim3(6, 5), dim3(16, 16));
    rung("tiled", 2 * K / 16, matmul_tiled<float, 16, write>, dim3(6, 5), dim3(16, 16));
    rung("registers", 2 * K / 64, matmul_registers<float, 4, false, false, write>, tiles(M, N, 64), 256);
}

void attentions() {
    const int T = 96, D = 32;
    const auto qkv = on_device(drawn(T * 3 * D, 3));
    const device_buffer<float> z(T * D), flash(T * D), log_sum(T);
    const attention_shape at{.T = T, .C = D, .H = 1, .D = D};
    launch(attention_naive_forward<float>, dim3(3, 1), 32, 0, qkv.data(), z.data(), log_sum.data(), at,
           dropout_factor(dropout_mask{}), 1);
    attention_forward(gpu{}, qkv.data(), flash.data(), log_sum.data(), dropout_mask{}, 1, T, D, 1);
    const auto plain = back(z, T * D);
    std::printf("\nattention of %d positions: by the book it stores %d weights, flash attention keeps %d numbers\n\n",
                T, T * T, T * static_cast<int>(attention_memory(gpu{}, T)));
    check("both are the same mixture (1e-5)", difference(back(flash, T * D), {plain.begin(), plain.end()}) < 1e-5);
}

int main() {
#ifdef __CUDACC__
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        const char* const wanted = std::getenv("STEPGPT_REQUIRE_GPU");
        const bool required = wanted && *wanted && *wanted != '0';
        std::puts(required ? "FAILED: no GPU here" : "skipped: no GPU here");
        return required ? 1 : 77;
    }
#endif
    threads();
    race();
    products();
    attentions();
    return all_well ? 0 : 1;
}
