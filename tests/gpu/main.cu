// The same tests as in tests/cuda, on a GPU. Exit code 0: all passed, 1: some failed, 77: there is no GPU.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "gpu_or_exit.cuh"

int main(int argc, char** argv) {
    gpu_or_exit();
    return doctest::Context(argc, argv).run();
}
