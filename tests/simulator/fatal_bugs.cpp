// Bugs that end the program: fatal_bugs NAME. The tests look for the sanitizer's sentence, which names the line.
//     outside     a write past the end              -fsanitize=address
//     shared      a write past dynamic shared memory    -fsanitize=address
//     index       a read past a shared array        -fsanitize=undefined
//     unaligned   a 16-byte load at 4 bytes         -fsanitize=undefined
//     race        a missing __syncthreads           -fsanitize=thread
//     stack       a stack that overflows            none: a segmentation fault at the line
//     host        the program reads a device's memory    the same
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include <stepgpt/cuda/memory.cuh>

using namespace stepgpt;

namespace {

template <class Real>
__global__ void write_outside(Real* y, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = 1;
}

template <class Real>
__global__ void write_past_shared(Real* y) {
    STEPGPT_DYNAMIC_SHARED(Real, kept);
    kept[threadIdx.x + 1] = y[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = kept[threadIdx.x];
}

template <class Real>
__global__ void read_past_array(Real* y) {
    __shared__ Real kept[64];
    kept[threadIdx.x] = y[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = kept[threadIdx.x + 1];
}

template <class Real>
__global__ void load_unaligned(Real* y) {
    y[0] = reinterpret_cast<const float4*>(y + 1)->x;
}

template <class Real>
__global__ void reverse_without_barrier(Real* y) {
    __shared__ Real kept[64];
    kept[threadIdx.x] = y[threadIdx.x];
    y[threadIdx.x] = kept[63 - threadIdx.x];
}

template <class Real>
__global__ void deep_stack(Real* y) {
    volatile Real large[12 * 1024];
    for (int i = 0; i < 12 * 1024; ++i) large[i] = y[0];
    y[0] = large[7];
}

// On a stack of its own, since the other one may be the one that is full.
void say_segmentation_fault() {
    static char stack[64 * 1024];
    const stack_t alternate{.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
    ::sigaltstack(&alternate, nullptr);
    struct sigaction action {};
    action.sa_flags = SA_ONSTACK;
    action.sa_handler = [](int) {
        static constexpr char words[] = "stopped by a segmentation fault\n";
        if (::write(STDOUT_FILENO, words, sizeof words - 1) > 0) ::_exit(0);
        ::_exit(1);
    };
    ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string bug = count > 1 ? arguments[1] : "";
    std::vector<float> y(100);
    if (bug == "outside") launch(write_outside<float>, 1, 128, 0, y.data(), 100);
    else if (bug == "shared") launch(write_past_shared<float>, 1, 64, 64 * sizeof(float), y.data());
    else if (bug == "index") launch(read_past_array<float>, 1, 64, 0, y.data());
    else if (bug == "unaligned") launch(load_unaligned<float>, 1, 1, 0, y.data());
    else if (bug == "race") launch(reverse_without_barrier<float>, 1, 64, 0, y.data());
    else if (bug == "stack") {
        say_segmentation_fault();
        sim::settings.stack_bytes = 32 * 1024;
        launch(deep_stack<float>, 1, 1, 0, y.data());
    } else if (bug == "host") {
        say_segmentation_fault();
        const device_buffer<float> there(100);
        set_to_zero(gpu{}, there.data(), 100);
        std::printf("%f\n", static_cast<double>(there.data()[0]));
    } else return std::puts("fatal_bugs outside|shared|index|unaligned|race|stack|host"), 1;
    std::puts("not seen");
}
