# What a header-only library can decide only where it is compiled: used by our own build, and by the installed
# stepgptConfig.cmake on the consumer's machine. Never an optimisation flag: -O, -march and fast-math are the consumer's.

function(stepgpt_adapt target)
    if(NOT DEFINED STEPGPT_USE_OPENMP OR STEPGPT_USE_OPENMP)
        find_package(OpenMP QUIET COMPONENTS CXX)
        if(OpenMP_CXX_FOUND)
            target_link_libraries(${target} INTERFACE $<BUILD_INTERFACE:OpenMP::OpenMP_CXX>)
        endif()
    endif()

    # xtensor before 0.26 has partial specialisations (rebind_container) that clang 19's new matching rule calls ambiguous.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19
       AND xtensor_VERSION VERSION_LESS 0.26)
        target_compile_options(${target} INTERFACE
            "$<BUILD_INTERFACE:-fno-relaxed-template-template-args;-Wno-deprecated-no-relaxed-template-template-args>")
    endif()
endfunction()
