// Matrix products by NVIDIA's cuBLASLt, the default on a GPU, with bias and GELU done on the way out. The simulator has
// none.
//
// cuBLASLt thinks in columns where we think in rows: our C = A B, row by row, is its C^T = B^T A^T, column by column.
// So it gets our B as its first operand and our A as its second, and nothing is copied.
//
// The same bits from run to run: the workspace is of a fixed size, parts of a sum are added in float in it, and a
// product's algorithm is chosen once a program and shape. No TF32: a float product has a float's precision. Where it
// has no way (a shape, an alignment, a gate it does not know) the answer is false, and our own kernels do it.
// Source: NVIDIA, cuBLAS 13.0, "Using the cuBLASLt API".
#pragma once

#include <cstddef>

#include <stepgpt/cuda/memory.cuh>
#include <stepgpt/kernel/matmul_parts.cuh>

#ifdef __CUDACC__

#include <cublasLt.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

inline void cublas_check(cublasStatus_t result, const char* what) {
    if (result != CUBLAS_STATUS_SUCCESS)
        throw error(
            {.where = "cuBLASLt", .subject = what, .found = cublasLtGetStatusString(result), .wanted = "success"});
}

// One for each thread of the program; never destroyed, since the driver may be gone before the thread is.
inline cublasLtHandle_t cublas_handle() {
    static thread_local const cublasLtHandle_t handle = [] {
        cublasLtHandle_t made{};
        cublas_check(cublasLtCreate(&made), "cublasLtCreate");
        return made;
    }();
    return handle;
}

inline constexpr std::size_t cublas_workspace = std::size_t{32} << 20;   // bytes: what NVIDIA recommends for Hopper

template <class Real>
inline constexpr cudaDataType_t cublas_type = std::same_as<Real, bf16>    ? CUDA_R_16BF
                                              : std::same_as<Real, float> ? CUDA_R_32F
                                                                          : CUDA_R_64F;

// A product whose description is made and whose algorithm is chosen.
struct cublas_plan {
    cublasLtMatmulDesc_t what{};
    cublasLtMatrixLayout_t first{}, second{}, result{};
    cublasLtMatmulAlgo_t algorithm{};
    bool possible = false;
};

template <class Value>
void cublas_set(cublasLtMatmulDesc_t what, cublasLtMatmulDescAttributes_t attribute, const Value& value) {
    cublas_check(cublasLtMatmulDescSetAttribute(what, attribute, &value, sizeof value), "an attribute of a product");
}

inline cublasLtEpilogue_t cublas_epilogue(finish how) {
    switch (how) {
        case finish::bias: return CUBLASLT_EPILOGUE_BIAS;
        case finish::bias_gelu: return CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
        case finish::gelu_slope: return CUBLASLT_EPILOGUE_DGELU;
        default: return CUBLASLT_EPILOGUE_DEFAULT;
    }
}

template <class Real, finish How>
cublas_plan make_cublas_plan(const device_matrix<Real>& A, const device_matrix<Real>& B, std::size_t M, std::size_t N,
                             std::size_t K, const epilogue<Real, How>& end, std::uint32_t alignment) {
    constexpr cudaDataType_t type = cublas_type<Real>;
    constexpr bool has_aux = How == finish::bias_gelu || How == finish::gelu_slope;
    cublas_plan plan;
    cublas_check(
        cublasLtMatmulDescCreate(&plan.what, std::same_as<Real, double> ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F,
                                 std::same_as<Real, double> ? CUDA_R_64F : CUDA_R_32F),
        "cublasLtMatmulDescCreate");
    cublas_set(plan.what, CUBLASLT_MATMUL_DESC_TRANSA, B.is_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    cublas_set(plan.what, CUBLASLT_MATMUL_DESC_TRANSB, A.is_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    cublas_set(plan.what, CUBLASLT_MATMUL_DESC_EPILOGUE, cublas_epilogue(How));
    if (has_aux) cublas_set(plan.what, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, static_cast<std::int64_t>(end.stride));
    if (has_aux) cublas_set(plan.what, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, static_cast<void*>(end.pre));
    if (end.bias) cublas_set(plan.what, CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(end.bias));

    const auto layout = [](cublasLtMatrixLayout_t* made, std::size_t rows, std::size_t columns, std::size_t stride) {
        cublas_check(cublasLtMatrixLayoutCreate(made, type, rows, columns, static_cast<std::int64_t>(stride)),
                     "a matrix's layout");
    };
    layout(&plan.first, B.is_transposed ? K : N, B.is_transposed ? N : K, B.stride);
    layout(&plan.second, A.is_transposed ? M : K, A.is_transposed ? K : M, A.stride);
    layout(&plan.result, N, M, end.stride);

    cublasLtMatmulPreference_t wanted{};
    cublas_check(cublasLtMatmulPreferenceCreate(&wanted), "cublasLtMatmulPreferenceCreate");
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
        cublas_check(cublasLtMatmulPreferenceSetAttribute(wanted, attribute, &value, sizeof value),
                     "a wish for a product");
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, cublas_workspace);
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment);
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const cublasStatus_t result = cublasLtMatmulAlgoGetHeuristic(cublas_handle(), plan.what, plan.first, plan.second,
                                                                 plan.result, plan.result, wanted, 1, &found, &count);
    cublasLtMatmulPreferenceDestroy(wanted);
    plan.possible = result == CUBLAS_STATUS_SUCCESS && count > 0 && found.state == CUBLAS_STATUS_SUCCESS;
    plan.algorithm = found.algo;
    return plan;
}

// How many kinds of product cuBLASLt has had no way for so far. Our own kernels do them, several times slower at worst, so a
// benchmark says how many there are.
inline std::atomic<int>& products_left_over() {
    static std::atomic<int> count{0};
    return count;
}

// C = A B, finished as `end` says; false: not done, cuBLASLt has no way to do it.
template <class Real, finish How>
bool matmul_by_library(const device_matrix<Real>& A, const device_matrix<Real>& B, std::size_t M, std::size_t N,
                       std::size_t K, const epilogue<Real, How>& end) {
    if (M == 0 || N == 0 || K == 0) return false;
    const auto address = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p); };
    const std::uintptr_t all =
        address(A.data) | address(B.data) | address(end.c) | address(end.bias) | address(end.pre) | 256;
    const auto alignment = static_cast<std::uint32_t>(all & -all);   // the largest power of two that divides all

    using key = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t, bool, bool,
                           std::uint32_t>;
    static thread_local std::map<key, cublas_plan> plans;
    const key which{M, N, K, A.stride, B.stride, end.stride, A.is_transposed, B.is_transposed, alignment};
    auto found = plans.find(which);
    if (found == plans.end()) {
        found = plans.emplace(which, make_cublas_plan(A, B, M, N, K, end, alignment)).first;
        products_left_over() += !found->second.possible;
    }
    const cublas_plan& plan = found->second;
    if (!plan.possible) return false;

    if (end.bias) cublas_set(plan.what, CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(end.bias));
    if (end.pre) cublas_set(plan.what, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, static_cast<void*>(end.pre));
    struct workspace;
    const accumulator<Real> one = 1, beta = How == finish::add ? 1 : 0;
    cublas_check(
        cublasLtMatmul(cublas_handle(), plan.what, &one, B.data, plan.first, A.data, plan.second, &beta, end.c,
                       plan.result, end.c, plan.result, &plan.algorithm,
                       device_scratch<unsigned char, workspace>(cublas_workspace), cublas_workspace, current_stream()),
        "cublasLtMatmul");
    return true;
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt

#else

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

template <class Real, finish How>
bool matmul_by_library(const device_matrix<Real>&, const device_matrix<Real>&, std::size_t, std::size_t, std::size_t,
                       const epilogue<Real, How>&) {
    return false;
}

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt

#endif
