// GELU, residual and dropout on the simulator: the plain kernels' numbers, whatever the length and wherever arrays begin.
#include "on_device.hpp"

#include <vector>

#include <stepgpt/kernel/element_wise.cuh>
#include <stepgpt/kernel/gelu.hpp>
#include <stepgpt/kernel/residual.hpp>

using namespace stepgpt;

namespace {

// n numbers on the device that begin `offset` behind a multiple of 16 bytes, and the same ones here.
template <class Real>
struct array {
    array(std::size_t n, std::size_t offset, unsigned seed) : offset(offset), here(n), memory(n + offset) {
        const auto x = test::device_numbers<double>(n, seed);
        for (std::size_t i = 0; i < n; ++i) here[i] = static_cast<Real>(static_cast<accumulator<Real>>(4 * x[i]));
        to_device(gpu{}, here.data(), data(), n);
    }
    Real* data() const { return memory.data() + offset; }
    std::vector<Real> values() const {
        std::vector<Real> back(here.size());
        to_host(gpu{}, data(), back.data(), back.size());
        return back;
    }

    std::size_t offset;
    std::vector<Real> here;
    device_buffer<Real> memory;
};

template <class Real>
void check(std::size_t n, std::size_t offset) {
    CAPTURE(n);
    CAPTURE(offset);
    const array<Real> x(n, offset, 1), dy(n, offset, 2);
    const dropout_mask mask{.p = 0.3, .numbers = random_numbers(7, stream::dropout, 3)};
    const auto on_both = [&](const char* what, double limit, auto&& gpu_kernel, auto&& cpu_kernel) {
        CAPTURE(what);
        const auto y = test::under_every_schedule([&] {
            const array<Real> result(n, offset, 9);
            gpu_kernel(result.data());
            return result.values();
        });
        using Sum = accumulator<Real>;                              // the plain kernel on the same numbers, in its precision
        std::vector<Sum> wide_x(x.here.begin(), x.here.end()), wide_dy(dy.here.begin(), dy.here.end()), wanted(n);
        cpu_kernel(wide_x.data(), wide_dy.data(), wanted.data());
        for (std::size_t i = 0; i < n; ++i)
            REQUIRE(std::abs(static_cast<double>(y[i]) - wanted[i]) <= limit * (1 + std::abs(wanted[i])));
    };
    const double limit = sizeof(Real) == 8 ? 1e-15 : sizeof(Real) == 4 ? 1e-6 : 1.0 / 256;
    on_both("gelu", limit, [&](Real* y) { gelu_forward(gpu{}, x.data(), y, n); },
            [&](auto* a, auto*, auto* y) { gelu_forward(cpu{}, a, y, n); });
    on_both("gelu backward", limit, [&](Real* y) { gelu_backward(gpu{}, dy.data(), x.data(), y, n); },
            [&](auto* a, auto* b, auto* y) { gelu_backward(cpu{}, b, a, y, n); });
    on_both("residual", limit, [&](Real* y) { residual_forward(gpu{}, x.data(), dy.data(), y, n); },
            [&](auto* a, auto* b, auto* y) { residual_forward(cpu{}, a, b, y, n); });
    on_both("dropout", limit, [&](Real* y) { dropout_apply(gpu{}, x.data(), y, mask, n); },
            [&](auto* a, auto*, auto* y) { dropout_apply(cpu{}, a, y, mask, n); });
}

}  // namespace

TEST_CASE_TEMPLATE("cuda: GELU, residual and dropout are the plain kernels'", Real, float, double, bf16) {
    for (const std::size_t n : {0, 1, 8, 17, 257, 1024})
        for (const std::size_t offset : {0, 1}) check<Real>(n, offset);
}

TEST_CASE("cuda: dropout in place drops the elements that a cpu drops, bit by bit") {
    const array<float> x(1000, 0, 4);
    const auto mask = dropout_mask{.p = 0.5, .numbers = random_numbers(1, stream::dropout, 2)}.from(7);   // of a part, too
    auto wanted = x.here;
    dropout_apply(cpu{}, wanted.data(), wanted.data(), mask, wanted.size());
    dropout_apply(gpu{}, x.data(), x.data(), mask, wanted.size());
    CHECK(test::equal_bits(x.values(), wanted));
}
