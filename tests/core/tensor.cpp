// What the library relies on in a tensor: row-major, contiguous, aligned, and still where it was when its shape is kept.
#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <stepgpt/core/tensor.hpp>

using stepgpt::fill;
using stepgpt::resize;
using stepgpt::tensor;

TEST_CASE("tensor: rows lie one after the other") {
    tensor<float, 2> x;   // (T, C)
    resize(x, {2, 3});
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = float(i);
    CHECK(x.dimension() == 2);
    CHECK(x.shape(0) == 2);
    CHECK(x.shape(1) == 3);
    CHECK(x(0, 2) == 2);
    CHECK(x(1, 0) == 3);
    CHECK(&x(1, 2) == x.data() + 5);
}

TEST_CASE("tensor: it can be written down, as any xtensor") {
    const tensor<float, 2> x{{1, 2, 3}, {4, 5, 6}};
    CHECK(x.shape(0) == 2);
    CHECK(x(1, 1) == 5);
    const tensor<float, 2> same = x;
    CHECK(same == x);
    CHECK(same.data() != x.data());
}

TEST_CASE("tensor: memory begins on a cache line") {
    for (const std::size_t n : {1, 3, 17, 1000}) {
        tensor<float, 1> x;
        tensor<double, 1> y;
        resize(x, {n});
        resize(y, {n});
        CHECK(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0);
        CHECK(reinterpret_cast<std::uintptr_t>(y.data()) % 64 == 0);
    }
}

TEST_CASE("resize: the same shape again keeps memory and values") {
    tensor<float, 3> x;   // (B, T, C)
    resize(x, {2, 3, 4});
    fill(x, 1.5f);
    const float* const before = x.data();
    resize(x, {2, 3, 4});
    CHECK(x.data() == before);
    CHECK(x(1, 2, 3) == 1.5f);

    resize(x, {4, 3, 2});   // as many values in another shape
    CHECK(x.shape(0) == 4);
    CHECK(x.size() == 24);
}

TEST_CASE("resize: empty tensors are legal") {
    tensor<float, 2> x;
    CHECK(x.size() == 0);
    resize(x, {0, 5});
    CHECK(x.size() == 0);
    fill(x, 1.f);
}

TEST_CASE("fill: every value") {
    tensor<double, 2> x;
    resize(x, {3, 5});
    fill(x, -2.0);
    for (const double value : x) CHECK(value == -2.0);
}

TEST_CASE("token ids are 32-bit integers of shape (B, T)") {
    stepgpt::token_ids<> ids{{3, 1}, {4, 1}};
    static_assert(std::is_same_v<decltype(ids)::value_type, std::int32_t>);
    CHECK(ids(1, 0) == 4);
}

TEST_CASE("devices: simd is a cpu, and a cuda is not") {
    static_assert(std::derived_from<stepgpt::simd, stepgpt::cpu>);
    static_assert(!std::is_convertible_v<stepgpt::cuda*, stepgpt::cpu*>);   // host loops must not read device pointers
    static_assert(std::is_same_v<tensor<float, 2, stepgpt::cpu>, tensor<float, 2, stepgpt::simd>>);
    CHECK(true);
}
