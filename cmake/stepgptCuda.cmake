# The target stepgpt::cuda, for files that nvcc compiles: the headers, the CUDA runtime and cuBLASLt. It only looks for the
# toolkit; enabling the language CUDA is left to whoever has such files.

function(stepgpt_add_cuda headers)
    if(TARGET stepgpt::cuda)
        return()
    endif()
    find_package(CUDAToolkit QUIET)
    if(NOT CUDAToolkit_FOUND)
        return()
    endif()
    add_library(stepgpt_cuda INTERFACE IMPORTED GLOBAL)
    add_library(stepgpt::cuda ALIAS stepgpt_cuda)
    target_link_libraries(stepgpt_cuda INTERFACE ${headers} CUDA::cudart_static CUDA::cublasLt)
    # Kernels call constexpr functions of the library: the same Philox as on the host. And nvcc need not know the pragmas
    # of the compiler to which it hands the host's code. The standard is said here: CMake 3.25 does not ask nvcc 13 for it.
    target_compile_options(stepgpt_cuda INTERFACE
        "$<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;--expt-relaxed-constexpr;-diag-suppress=1675>")
endfunction()
