#include "support.hpp"

#include <numeric>
#include <type_traits>

#include <stepgpt/cuda/memory.cuh>

using namespace stepgpt;

TEST_CASE("device memory: there and back, moved and not copied") {
    std::vector<float> here(1000);
    std::iota(here.begin(), here.end(), 0.0f);
    device_buffer<float> there(1000);
    std::vector<float> back(1000);
#ifndef __CUDACC__                                        // a GPU's memory holds what it held before
    to_host(gpu{}, there.data(), back.data(), 1000);
    for (const float value : back) REQUIRE(std::isnan(value));
#endif
    to_device(gpu{}, here.data(), there.data(), 1000);
    device_buffer<float> moved(std::move(there));
    static_assert(!std::is_copy_constructible_v<device_buffer<float>>);
    CHECK(there.data() == nullptr);
    to_host(gpu{}, moved.data(), back.data(), 1000);
    CHECK(back == here);

    device_buffer<float> second(10);
    copy_on_device(gpu{}, moved.data() + 990, second.data(), 10);
    set_to_zero(gpu{}, moved.data(), 1000);
    to_host(gpu{}, second.data(), back.data(), 10);
    CHECK(back[9] == 999);
    to_host(gpu{}, moved.data(), back.data(), 1000);
    CHECK(back[9] == 0);
}

TEST_CASE("device memory: a buffer and working memory only grow") {
    device_buffer<int> buffer;
    CHECK(buffer.size() == 0);
    buffer.reserve(100);
    const int* const first = buffer.data();
    buffer.reserve(50);
    CHECK(buffer.data() == first);
    buffer.reserve(200);
    CHECK(buffer.size() == 200);

    struct mine;
    struct yours;
    const int* const scratch = device_scratch<int, mine>(10);
    CHECK(device_scratch<int, mine>(5) == scratch);
    CHECK(device_scratch<int, yours>(10) != scratch);
    CHECK(device_bytes(1.234e9) == "1.23 GB");
    CHECK(device_bytes(56.78e6) == "56.7 MB");
}
