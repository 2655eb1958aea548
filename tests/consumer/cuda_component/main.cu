// Somebody's kernel call: 1 + 2 on a GPU, or why not.
#include <cstdio>

#include <stepgpt/cuda/device.cuh>
#include <stepgpt/kernel/element_wise.cuh>

using namespace stepgpt;

int main() {
    try {
        expect_device<float>(gpu{});
        const float one = 1, two = 2;
        const device_buffer<float> a(1), b(1), sum(1);
        to_device(gpu{}, &one, a.data(), 1);
        to_device(gpu{}, &two, b.data(), 1);
        residual_forward(gpu{}, a.data(), b.data(), sum.data(), 1);
        float three = 0;
        to_host(gpu{}, sum.data(), &three, 1);
        std::printf("%s: 1 + 2 = %g\n", device_name(gpu{}).c_str(), three);
    } catch (const error& e) {
        std::printf("without a GPU: %s\n", e.what());
    }
}
