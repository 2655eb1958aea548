// Other libraries' single-precision matrix products, found when the program runs: without them only ours is timed.
//
//     OPENBLAS_CORETYPE=SkylakeX STEPGPT_OPENBLAS=/path/to/openblas-openmp/libopenblas.so.0 ./benchmark_matmul
//
// On a processor that it does not know, OpenBLAS may choose an older one's kernel: name the best core type, or the
// comparison flatters us. Take its OpenMP build: the pthread build's pool spins against everybody else's.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <dlfcn.h>

namespace benchmarks {

// C (M,N) = A (M,K) B (K,N), row-major; a transposed operand is stored (K,M) or (N,K).
struct product {
    bool a_transposed, b_transposed;
    std::size_t M, N, K;

    double operations() const { return 2.0 * static_cast<double>(M) * static_cast<double>(N) * static_cast<double>(K); }
    std::size_t a_row() const { return a_transposed ? M : K; }
    std::size_t b_row() const { return b_transposed ? K : N; }
};

class opponent {
public:
    virtual ~opponent() = default;
    virtual const char* name() const = 0;
    virtual void multiply(const product& p, const float* A, const float* B, float* C) const = 0;
};

class openblas : public opponent {
public:
    using sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
    explicit openblas(void* symbol) : call_(reinterpret_cast<sgemm>(symbol)) {}
    const char* name() const override { return "openblas"; }
    void multiply(const product& p, const float* A, const float* B, float* C) const override {
        const auto size = [](std::size_t n) { return static_cast<int>(n); };
        constexpr int row_major = 101, plain = 111, transposed = 112;
        call_(row_major, p.a_transposed ? transposed : plain, p.b_transposed ? transposed : plain, size(p.M), size(p.N),
              size(p.K), 1.f, A, size(p.a_row()), B, size(p.b_row()), 0.f, C, size(p.N));
    }

private:
    sgemm call_;
};

class onednn : public opponent {
public:
    using sgemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*, std::int64_t,
                          const float*, std::int64_t, float, float*, std::int64_t);
    explicit onednn(void* symbol) : call_(reinterpret_cast<sgemm>(symbol)) {}
    const char* name() const override { return "onednn"; }
    void multiply(const product& p, const float* A, const float* B, float* C) const override {
        const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
        call_(p.a_transposed ? 'T' : 'N', p.b_transposed ? 'T' : 'N', size(p.M), size(p.N), size(p.K), 1.f, A,
              size(p.a_row()), B, size(p.b_row()), 0.f, C, size(p.N));
    }

private:
    sgemm call_;
};

// Those that are installed; they live until the program ends.
inline std::vector<const opponent*> opponents() {
    std::vector<const opponent*> found;
    const auto symbol = [](const char* variable, const char* library, const char* function) -> void* {
        const char* const named = std::getenv(variable);
        void* const handle = dlopen(named ? named : library, RTLD_NOW | RTLD_LOCAL);
        return handle ? dlsym(handle, function) : nullptr;
    };
    if (void* const f = symbol("STEPGPT_OPENBLAS", "libopenblas.so.0", "cblas_sgemm")) found.push_back(new openblas(f));
    if (void* const f = symbol("STEPGPT_ONEDNN", "libdnnl.so.2", "dnnl_sgemm")) found.push_back(new onednn(f));
    return found;
}

}  // namespace benchmarks
