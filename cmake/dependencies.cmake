# Everything we need, found where the system's package manager or conda put it. What is missing is named all at once,
# with the line that installs it.

set(missing "")

# need(PACKAGE VERSION): VERSION is the oldest that works. Compared here: some of these packages' own version files accept
# any 0.x for any other.
macro(need package version)
    find_package(${package} QUIET)
    if(NOT ${package}_FOUND)
        list(APPEND missing ${package})
    elseif(${package}_VERSION VERSION_LESS ${version})
        list(APPEND missing "${package} ${version} or later (here is ${${package}_VERSION})")
    endif()
endmacro()

need(xtensor 0.24)
need(xsimd 8.0)
need(nlohmann_json 3.9)
if(STEPGPT_BUILD_EXAMPLES)
    need(CLI11 2.1)
endif()
if(STEPGPT_BUILD_TESTS)
    need(doctest 2.4)
endif()
if(STEPGPT_BUILD_BENCHMARKS)
    need(benchmark 1.7)
endif()

if(missing)
    list(JOIN missing ", " missing)
    if(STEPGPT_BUILD_BENCHMARKS)
        set(more_apt " libbenchmark-dev")
        set(more_dnf " google-benchmark-devel")
        set(more_brew " google-benchmark")
        set(more_conda " benchmark")
    endif()
    message(FATAL_ERROR "stepgpt needs: ${missing}. One of these lines installs all there is to install:

  sudo apt-get install -y g++ cmake make libxtensor-dev libxsimd-dev nlohmann-json3-dev doctest-dev libcli11-dev${more_apt}
  sudo dnf install -y gcc-c++ cmake make xtensor-devel xsimd-devel json-devel doctest-devel cli11-devel${more_dnf}
  brew install cmake xtensor xsimd nlohmann-json doctest cli11 libomp${more_brew}
  conda install -y -c conda-forge cxx-compiler cmake make xtensor xsimd nlohmann_json doctest cli11${more_conda}

conda's are new enough on every system.")
endif()

# These open more doors (compressed text, web pages) and are never missed: our programs use them when they are there.
find_package(ZLIB QUIET)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(GUMBO QUIET IMPORTED_TARGET gumbo)
    pkg_check_modules(PCRE2 QUIET IMPORTED_TARGET libpcre2-8)   # a second opinion on Unicode, in tests only
endif()
