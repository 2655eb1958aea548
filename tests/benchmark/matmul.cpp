// The matrix products of three GPTs, ours beside OpenBLAS and oneDNN, in turn.
//
//   A  L4  H4  C128  T64  B12 V128     B  L6 H6 C384 T256 B16 V128     C  L12 H12 C768 T64 B4 V50304 (GPT-2)
//
// Each row is one product of a training step: y = x W, dx = dy W^T, dW = x^T dy; the head is tied, so its matrix lies
// (V,C). Every round visits every contender, so that a drift of the machine touches all of them; a figure is the median
// of the rounds, and what counts is the ratio to the better of the others. The last line is the ratios' geometric mean.
// Threads: STEPGPT_THREADS=1 OMP_NUM_THREADS=1; with more, OMP_PROC_BIND=true keeps the others' threads off each other's
// processors. More rounds: STEPGPT_ROUNDS=50. A part: --benchmark_filter=C/.*dW.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "opponents.hpp"
#include <stepgpt/kernel/matmul.hpp>

namespace {

using benchmarks::product;

// Every product has matrices of its own, as in a step: what the caches hold is what a step would find there.
std::vector<float> filled(std::size_t count, float value) { return std::vector<float>(count, value); }

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

std::vector<double> ratios;

void multiply_ours(const product& p, const float* A, const float* B, float* C) {
    const auto a = p.a_transposed ? stepgpt::matrix(A, p.M).transposed() : stepgpt::matrix(A, p.K);
    const auto b = p.b_transposed ? stepgpt::matrix(B, p.K).transposed() : stepgpt::matrix(B, p.N);
    stepgpt::matmul(stepgpt::simd{}, a, b, C, p.N, p.M, p.N, p.K);
}

void run(benchmark::State& state, product p, const std::vector<const benchmarks::opponent*>& others) {
    const auto A = filled(p.M * p.K, 0.5f), B = filled(p.K * p.N, 0.01f);
    auto C = filled(p.M * p.N, 0.f);
    std::vector<std::vector<double>> seconds(1 + others.size());
    const auto turn = [&](std::size_t who) {
        const auto multiply = [&] {
            if (who == 0) multiply_ours(p, A.data(), B.data(), C.data());
            else others[who - 1]->multiply(p, A.data(), B.data(), C.data());
        };
        const auto calls_in = [&](double time) {
            int calls = 0;
            const double start = now();
            do multiply(), ++calls; while (now() - start < time);
            return (now() - start) / calls;
        };
        std::this_thread::sleep_for(std::chrono::milliseconds(20));   // the others' threads stop spinning ...
        calls_in(20e-3);                                              // ... and ours are awake, each on its processor
        return calls_in(3e-3);
    };
    for (auto _ : state)
        for (std::size_t who = 0; who < seconds.size(); ++who) {
            seconds[who].push_back(turn(who));
            if (who == 0) state.SetIterationTime(seconds[0].back());
        }
    const double ours = median(seconds[0]);
    state.counters["ours"] = p.operations() / ours / 1e9;
    double best = 0;
    for (std::size_t who = 1; who < seconds.size(); ++who) {
        const double rate = p.operations() / median(seconds[who]) / 1e9;
        state.counters[others[who - 1]->name()] = rate;
        best = std::max(best, rate);
    }
    if (best > 0) {
        const double ratio = p.operations() / ours / 1e9 / best;
        state.counters["ratio"] = ratio;
        ratios.push_back(ratio);
    }
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (const char* threads = std::getenv("STEPGPT_THREADS")) stepgpt::set_thread_count(std::atoi(threads));
    const char* const wish = std::getenv("STEPGPT_ROUNDS");
    const int rounds = wish ? std::max(1, std::atoi(wish)) : 11;
    const std::vector<float> A(256 * 256, 1.f);
    std::vector<float> C = A;
    multiply_ours({false, false, 256, 256, 256}, A.data(), A.data(), C.data());   // our threads exist before OpenMP binds
    const auto others = benchmarks::opponents();
    const struct { const char* name; std::size_t C, tokens, V; } models[] = {
        {"A", 128, 768, 128}, {"B", 384, 4096, 128}, {"C", 768, 256, 50304}};
    for (const auto& m : models) {
        const struct { const char* name; std::size_t in, out; bool tied; } layers[] = {
            {"qkv", m.C, 3 * m.C, false}, {"proj", m.C, m.C, false}, {"up", m.C, 4 * m.C, false},
            {"down", 4 * m.C, m.C, false}, {"head", m.C, m.V, true}};
        for (const auto& l : layers) {
            const auto add = [&](const char* form, product p) {
                benchmark::RegisterBenchmark((std::string(m.name) + "/" + l.name + "/" + form).c_str(), run, p, others)
                    ->UseManualTime()->Iterations(rounds)->Unit(benchmark::kMicrosecond);
            };
            add("y", {false, l.tied, m.tokens, l.out, l.in});
            add("dx", {false, !l.tied, m.tokens, l.in, l.out});
            add("dW", l.tied ? product{true, false, l.out, l.in, m.tokens} : product{true, false, l.in, l.out, m.tokens});
        }
    }
    std::printf("%d threads\n", stepgpt::thread_count());
    benchmark::RunSpecifiedBenchmarks();
    if (ratios.empty()) return 0;
    double sum = 0;
    for (const double ratio : ratios) sum += std::log(ratio);
    std::printf("geometric mean of ours / the better of the others, %zu products: %.3f; the least: %.3f\n", ratios.size(),
                std::exp(sum / static_cast<double>(ratios.size())), *std::min_element(ratios.begin(), ratios.end()));
}
