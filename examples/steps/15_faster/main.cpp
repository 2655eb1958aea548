// Step 15: faster, rung by rung.
//
// First what the machine can do at most. Then a matrix product, a softmax and an attention, each from the loops that
// one would write first up to the kernel of the library: what was in the way, and what it costs or gains to remove it.
// Every rung is compared with the first one. (The times are those of this machine, today; build with the release
// preset.)
#include <cstdio>
#include <vector>

#include <stepgpt/core/machine.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/kernel/attention.hpp>
#include <stepgpt/kernel/matmul.hpp>

#include "attention_rungs.hpp"
#include "ladder.hpp"

using stepgpt::matrix, stepgpt::simd;

static std::vector<float> normal(std::size_t count, std::uint64_t seed) {
    const stepgpt::random_numbers numbers(seed, stepgpt::stream::tales);
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<float>(numbers.normal(i));
    return x;
}

static bool climb_matmul(double one, double all) {
    constexpr std::size_t N = 768;
    const auto A = normal(N * N, 1), B = normal(N * N, 2);
    std::vector<float> C(N * N), panel;
    ladder steps("matmul", 2.0 * N * N * N, one, all);
    steps.rung("three loops, an element of C at a time", C, [&] { by_the_book(A.data(), B.data(), C.data(), N); });
    steps.rung("rows of B and C instead of columns", C, [&] { row_by_row(A.data(), B.data(), C.data(), N); });
    steps.rung("a tile of C in registers", C, [&] { in_tiles(A.data(), B.data(), C.data(), N); });
    steps.rung("... and B packed in panels", C, [&] { packed(A.data(), B.data(), C.data(), N, panel); });
    const auto library = [&] { matmul(simd{}, matrix(A.data(), N), matrix(B.data(), N), C.data(), N, N, N, N); };
    const int threads = stepgpt::thread_count();
    stepgpt::set_thread_count(1);
    steps.rung("the library: blocks for each cache, packing on the way", C, library);
    stepgpt::set_thread_count(threads);
    steps.rung("the library on all threads", C, library, true);
    return steps.check();
}

static bool climb_softmax(double one, double all) {
    constexpr std::size_t rows = 1024, V = 500;
    const auto x = normal(rows * V, 3);
    std::vector<float> p(rows * V);
    ladder steps("softmax", 20.0 * rows * V, one, all);      // an exponential is some 15 operations
    steps.rung("an exponential at a time", p, [&] { one_by_one(x.data(), p.data(), rows, V); });
    steps.rung("vectors of exponentials, one division a row", p, [&] { by_vectors(x.data(), p.data(), rows, V); });
    steps.rung(
        "... on all threads, as the library's kernels", p, [&] { by_vectors_and_threads(x.data(), p.data(), rows, V); },
        true);
    return steps.check();
}

static bool climb_attention(double one, double all) {
    constexpr std::size_t T = 1024, D = 64;
    const auto qkv = normal(T * 3 * D, 4);                   // (T,3D): the columns are q, k and v
    std::vector<float> q(T * D), k(T * D), v(T * D), z(T * D), scores;
    for (std::size_t t = 0; t < T; ++t)
        for (std::size_t d = 0; d < D; ++d) {
            q[t * D + d] = qkv[t * 3 * D + d];
            k[t * D + d] = qkv[t * 3 * D + D + d];
            v[t * D + d] = qkv[t * 3 * D + 2 * D + d];
        }
    ladder steps("attention", 2.0 * T * T * D, one, all);    // two products of T x T/2 x D
    steps.rung("a matrix of T x T scores", z,
               [&] { whole_matrix(q.data(), k.data(), v.data(), z.data(), scores, T, D); });
    steps.rung("the past only, a row of scores at a time", z,
               [&] { causal_rows(q.data(), k.data(), v.data(), z.data(), scores, T, D); });
    steps.rung("no row either: the softmax is corrected on the way", z,
               [&] { online(q.data(), k.data(), v.data(), z.data(), T, D); });
    std::vector<float> kept(T * stepgpt::attention_memory(simd{}, T));
    const auto library = [&] {
        attention_forward(simd{}, qkv.data(), z.data(), kept.data(), stepgpt::dropout_mask{}, 1, T, D, 1);
    };
    const int threads = stepgpt::thread_count();
    stepgpt::set_thread_count(1);
    steps.rung("the library: a block of queries, tiles in registers", z, library);
    stepgpt::set_thread_count(threads);
    steps.rung("the library on all threads", z, library, true);
    std::printf("  memory beside q, k, v and z: %zu numbers, then %zu, then 0; the library keeps %zu for backward\n",
                T * T, T, kept.size());
    return steps.check();
}

int main() {
    const int threads = stepgpt::thread_count();
    stepgpt::set_thread_count(1);
    const double one = stepgpt::measure_operations();
    stepgpt::set_thread_count(threads);
    const stepgpt::machine machine = stepgpt::measure_machine();
    std::printf(
        "This machine: %.0f GFLOP/s on one thread, %.0f on %d, in multiply-adds of %zu floats; %.1f GB/s from memory.\n"
        "Each rung: its time, its speed, its share of that limit, how much faster it is than the first one.\n",
        one / 1e9, machine.operations / 1e9, threads, stepgpt::lanes<float>, machine.bytes / 1e9);
    const bool matmul = climb_matmul(one, machine.operations);
    const bool softmax = climb_softmax(one, machine.operations);
    const bool attention = climb_attention(one, machine.operations);
    return matmul && softmax && attention ? 0 : 1;
}
