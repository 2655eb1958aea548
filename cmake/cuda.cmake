# CUDA, for those who have it. AUTO looks whether a toolkit is here, which costs nothing, and offers stepgpt::cuda to projects
# that include this one; our own programs are not slower to build for it. ON (the preset `cuda`) builds them with nvcc.

if(STEPGPT_CUDA STREQUAL "OFF")
    return()
endif()
include(cmake/stepgptCuda.cmake)

if(STEPGPT_CUDA STREQUAL "ON")
    include(CheckLanguage)
    check_language(CUDA)      # only looks; enable_language would end with a riddle
    if(NOT CMAKE_CUDA_COMPILER)
        message(FATAL_ERROR "STEPGPT_CUDA=ON, but there is no nvcc: install the CUDA toolkit and put its bin folder on the PATH, \
or set CUDACXX. Without it, STEPGPT_CUDA=OFF.")
    endif()
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)   # before the language, which else settles on nvcc's oldest
        set(CMAKE_CUDA_ARCHITECTURES 75-virtual 80-virtual 90a-real CACHE STRING "GPUs to build for")
    endif()
    enable_language(CUDA)
endif()

stepgpt_add_cuda(stepgpt)
if(STEPGPT_CUDA STREQUAL "ON" AND NOT TARGET stepgpt::cuda)
    message(FATAL_ERROR "STEPGPT_CUDA=ON, but the CUDA toolkit's libraries were not found beside ${CMAKE_CUDA_COMPILER}.")
endif()
