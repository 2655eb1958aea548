// What is said when kernels cannot run here, and the memory that a run would need.
#include "support.hpp"

#include <string>

#include <stepgpt/core/bf16.hpp>
#include <stepgpt/cuda/device.cuh>

using namespace stepgpt;

namespace {
std::string refusal(bool driver, int devices, int major, int minor, int least) {
    try {
        expect_usable(driver, devices, major, minor, least, "CUDA's words");
    } catch (const error& e) {
        return e.what();
    }
    return "";
}
bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("device: no driver, no GPU, one that is too old: one clear error each") {
    CHECK(refusal(true, 1, 9, 0, 80).empty());
    CHECK(refusal(true, 1, 7, 5, 75).empty());
    CHECK(contains(refusal(false, 0, 0, 0, 75), "found no NVIDIA driver, or one too old for this program (CUDA's words)"));
    CHECK(contains(refusal(true, 0, 0, 0, 75), "found no GPU (CUDA's words)"));
    CHECK(contains(refusal(true, 1, 6, 1, 75), "found a GPU of compute capability 6.1, wanted 7.5 or later"));
    CHECK(contains(refusal(true, 1, 6, 1, 75), "--device simd"));
    CHECK(contains(refusal(true, 1, 7, 5, 80), "8.0 or later (Ampere, 2020) for bf16"));
    CHECK(contains(refusal(true, 1, 7, 5, 80), "--precision float"));
}

TEST_CASE("device: a program that was not built for this GPU") {
    CHECK_NOTHROW(expect_code(true, 9, 0, ""));
    CHECK_THROWS_WITH_AS(expect_code(false, 12, 0, "no kernel image"), doctest::Contains("compute capability 12.0 (no kernel image)"),
                         stepgpt::error);
    CHECK_THROWS_WITH_AS(expect_code(false, 12, 0, ""), doctest::Contains("CMAKE_CUDA_ARCHITECTURES=120"), stepgpt::error);
}

TEST_CASE("device: the simulator is always there") {
    CHECK_NOTHROW(expect_device<bf16>(gpu{}));
    CHECK(contains(device_name(gpu{}), "cuda_sim"));
    CHECK(available_memory(gpu{}) > 1e8);
}
