// The gradient check: what a layer's backward claims against what its forward implies, by differences, in double.
//
//     layer_norm<double> layer("ln", 6);                       layer_norm<double>::cache c;
//     test::randomise(layer);                                  layer_norm<double>::gradients g;
//     auto x = test::normals<3>({2, 3, 6});
//     test::check_gradients("layer_norm", layer, x, [&]() -> auto& { return layer.forward(x, c); },
//                           [&](const auto& dy) -> auto& { return layer.backward(dy, x, c, g); });
//
// The loss is sum(r y) with fixed random r, so dy = r. Each tensor is judged as a whole, by
// ||claimed - implied|| / ||implied||: element by element, those near zero would look wrong although they are right.
// Gradients hold 1 before backward, which must add to them, and backward runs twice, so that nothing may depend on what
// its buffers held.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/core/tensor.hpp>

namespace test {

inline constexpr double gradient_tolerance = 1e-7;

// Normal numbers of a given shape. xt::xtensor of one type serves cpu and simd alike.
template <std::size_t N>
stepgpt::tensor<double, N> normals(const std::size_t (&shape)[N], std::uint64_t seed = 1, double deviation = 1) {
    stepgpt::tensor<double, N> x;
    stepgpt::resize(x, shape);
    const stepgpt::random_numbers numbers(seed, stepgpt::stream::test);
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = deviation * numbers.normal(i);
    return x;
}

template <class Layer, class Visit>
void each_parameter(Layer& layer, Visit&& visit) {
    if constexpr (requires { layer.each_parameter(visit); }) layer.each_parameter(visit);   // gelu, dropout have none
}

// Weights of such a size (0.3, gains around 1) that no gradient drowns in the rounding of another.
template <class Layer>
void randomise(Layer& layer, double deviation = 0.3) {
    std::uint32_t place = 0;
    each_parameter(layer, [&](const std::string& name, auto& p) {
        const stepgpt::random_numbers numbers(7, stepgpt::stream::test, ++place);
        const bool gain = p.value.dimension() == 1 && name.ends_with("weight");
        for (std::size_t i = 0; i < p.value.size(); ++i)
            p.value.data()[i] = static_cast<std::remove_reference_t<decltype(p.value.data()[0])>>(
                (gain ? 1 : 0) + deviation * numbers.normal(i));
    });
}

// "The gradient of the loss with respect to the numbers at `value` is ..."
struct claim {
    std::string name;
    double* value;
    std::vector<double> gradient;
};

// Runs forward and backward twice and reads what has been added to the 1 in every gradient.
template <class Layer, class Backward>
std::vector<claim> claims(Layer& layer, Backward&& forward_and_backward) {
    for (int run = 0; run < 2; ++run) {
        each_parameter(layer, [](const std::string&, auto& p) { stepgpt::fill(p.grad, 1); });
        forward_and_backward();
    }
    std::vector<claim> all;
    each_parameter(layer, [&](const std::string& name, auto& p) {
        all.push_back({name, p.value.data(), {p.grad.data(), p.grad.data() + p.grad.size()}});
        for (double& element : all.back().gradient) element -= 1;
    });
    return all;
}

// One thread until the end of the block: tiny models spend their time waking threads.
class one_thread {
public:
    one_thread() { stepgpt::set_thread_count(1); }
    one_thread(const one_thread&) = delete;
    one_thread& operator=(const one_thread&) = delete;
    ~one_thread() { stepgpt::set_thread_count(before_); }

private:
    int before_ = stepgpt::thread_count();
};

// d loss / d x[i] from four points. The error is h^4 f'''''/30, so h may be so large that rounding, 1e-16 f/h, does not
// matter.
template <class Loss>
std::vector<double> differences(double* x, std::size_t n, Loss&& loss) {
    constexpr double h = 3e-4;
    const one_thread alone;
    std::vector<double> slope(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double here = x[i];
        const auto at = [&](double offset) {
            x[i] = here + offset;
            return static_cast<double>(loss());
        };
        const double near = at(h) - at(-h), far = at(2 * h) - at(-2 * h);
        slope[i] = (8 * near - far) / (12 * h);
        x[i] = here;
    }
    return slope;
}

template <class Loss>
std::vector<std::vector<double>> implied(const std::vector<claim>& all, Loss&& loss) {
    std::vector<std::vector<double>> slopes;
    for (const claim& c : all) slopes.push_back(differences(c.value, c.gradient.size(), loss));
    return slopes;
}

// || a - wanted || / || wanted ||; one that is not a number counts as infinitely wrong.
inline double relative_error(const std::vector<double>& a, const std::vector<double>& wanted) {
    double off = 0, size = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        off += (a[i] - wanted[i]) * (a[i] - wanted[i]);
        size += wanted[i] * wanted[i];
    }
    const double error = std::sqrt(off / size);
    return std::isnan(error) ? INFINITY : error;
}

struct verdict {
    std::string name;      // the tensor that is furthest off
    double error = 0;      // relative L2
};

inline verdict worst(const std::vector<claim>& all, const std::vector<std::vector<double>>& slopes) {
    verdict v;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (const double error = relative_error(all[i].gradient, slopes[i]); error >= v.error) v = {all[i].name, error};
    return v;
}

// "simd  layer_norm"
template <class Device>
std::string on(const std::string& what) {
    return (std::is_same_v<Device, stepgpt::cpu> ? "cpu   " : "simd  ") + what;
}

// Prints the figure and judges it. `all` may hold the input, which is no parameter.
template <class Loss>
void check_claims(const std::string& what, const std::vector<claim>& all, Loss&& loss) {
    const verdict v = worst(all, implied(all, loss));
    std::printf("gradient check  %-36s %2zu tensors, worst %.1e (%s)\n", what.c_str(), all.size(), v.error,
                v.name.c_str());
    INFO(what, ": ", v.name);
    CHECK(v.error <= gradient_tolerance);
    CHECK(all.size() > 0);
}

// A layer from x to y: every parameter, and x.
template <class Layer, class Tensor, class Forward, class Backward>
void check_gradients(const std::string& what, Layer& layer, Tensor& x, Forward&& forward, Backward&& backward) {
    const auto& y = forward();
    const auto r = normals<3>({y.shape(0), y.shape(1), y.shape(2)}, 99);
    const auto loss = [&] {
        const auto& y = forward();
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += r.data()[i] * y.data()[i];
        return sum;
    };
    std::vector<double> dx;
    auto all = claims(layer, [&] {
        loss();
        const auto& claimed = backward(r);
        dx.assign(claimed.data(), claimed.data() + claimed.size());
    });
    all.push_back({"x", x.data(), dx});
    check_claims(what, all, loss);
}

}  // namespace test
