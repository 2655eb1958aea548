// The model against PyTorch: logits, every gradient tensor, and 20 AdamW losses of GPT L3 H3 C48 T16 V50.
// tests/pytorch/make_vectors.py made the numbers and says what the files hold.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/optim/schedule.hpp>

using namespace stepgpt;

namespace {

constexpr std::size_t B = 4, steps = 20, signs = 64;
const gpt_config sizes{.vocab_size = 50, .block_size = 16, .n_layer = 3, .n_head = 3, .n_embd = 48};

random_numbers numbers(std::uint32_t place) { return {2024, stream::test, place}; }

token_ids<> tokens(std::uint32_t place) {
    token_ids<> ids;
    resize(ids, {B, sizes.block_size});
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids.data()[i] = static_cast<token>(numbers(place).below(sizes.vocab_size, i));
    return ids;
}

// sum_i sign(i, j) x_i: what makes a difference of whole tensors visible in 64 numbers.
template <class Real>
std::array<double, signs> sketch(const Real* x, std::size_t n) {
    std::array<double, signs> sums{};
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t bits[2] = {numbers(0).bits(2 * i), numbers(0).bits(2 * i + 1)};
        for (std::size_t j = 0; j < signs; ++j) sums[j] += bits[j / 32] >> j % 32 & 1 ? x[i] : -x[i];
    }
    return sums;
}

// The committed file: "logits ...", "gradient NAME norm sketch", "losses ...".
std::map<std::string, std::vector<double>> read_vectors(const std::string& name) {
    std::ifstream in(std::string(STEPGPT_SOURCE_DIR) + "/tests/pytorch/vectors_" + name + ".txt");
    std::map<std::string, std::vector<double>> found;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string key;
        words >> key;
        if (key == "#") continue;
        if (key == "gradient") words >> key;
        for (double number; words >> number;) found[key].push_back(number);
    }
    return found;
}

template <class Real, class Device>
struct run {
    gpt<Real, Device> model{sizes};
    typename gpt<Real, Device>::cache cache;
    typename gpt<Real, Device>::gradients gradients;
    std::vector<parameter_view<Real>> all = parameters(model);
    token_ids<> ids = tokens(1), targets = tokens(2);

    run() {
        for (std::size_t place = 0; place < all.size(); ++place) {
            const auto& p = all[place];
            const bool gain = !p.is_matrix() && p.name.ends_with("weight");
            for (std::size_t i = 0; i < p.size; ++i)
                p.value[i] = static_cast<Real>(0.1 * numbers(100 + static_cast<std::uint32_t>(place)).normal(i) + gain);
        }
        std::fill_n(targets.data(), 5, -1);
    }

    double forward_backward() {
        zero_gradients(Device{}, all);
        const double loss = model.loss(ids, targets, cache);
        model.backward(ids, targets, cache, gradients);
        return loss;
    }
};

template <class Real, class Device>
struct on {
    using real = Real;
    using device = Device;
};

}  // namespace

TEST_CASE_TEMPLATE("pytorch: logits, gradients and 20 AdamW losses", Place, on<float, cpu>, on<float, simd>,
                   on<double, cpu>, on<double, simd>) {
    using Real = typename Place::real;
    using Device = typename Place::device;
    constexpr bool is_float = std::is_same_v<Real, float>;
    constexpr double tolerance = is_float ? 1e-5 : 1e-9;
    const auto wanted = read_vectors(is_float ? "float" : "double");
    run<Real, Device> ours;

    const auto& logits = ours.model.forward(ours.ids, ours.cache);
    double logits_off = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
        logits_off = std::max(logits_off, std::abs(static_cast<double>(logits.data()[i]) - wanted.at("logits").at(i)));
    CHECK(logits_off <= tolerance);

    CHECK(std::abs(ours.forward_backward() - wanted.at("loss")[0]) <= tolerance);
    double gradient_off = 0;
    for (const auto& p : ours.all) {
        const auto& theirs = wanted.at(p.name);
        const auto sums = sketch(p.grad, p.size);
        double squares = 0;   // mean of the squared sums of the difference: its squared length
        for (std::size_t j = 0; j < signs; ++j)
            squares += (sums[j] - theirs.at(j + 1)) * (sums[j] - theirs[j + 1]) / signs;
        const double off = std::sqrt(squares) / theirs[0];
        INFO(p.name);
        CHECK(off <= tolerance);
        gradient_off = std::max(gradient_off, off);
    }

    adamw<Real, Device> rule({}, ours.all);
    const schedule rate{.lr = 1e-3, .min_lr = 1e-4, .warmup = 5, .steps = steps};
    double losses_off = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        const double loss = ours.forward_backward();
        rule.step(ours.all, rate(step), clip_scale(gradient_norm(Device{}, ours.all), 1));
        losses_off = std::max(losses_off, std::abs(loss - wanted.at("losses").at(step)));
    }
    CHECK(losses_off <= tolerance);
    std::printf("pytorch  %-6s %-4s  logits %.1e  gradients %.1e  20 losses %.1e  (allowed %.0e)\n",
                is_float ? "float" : "double", std::is_same_v<Device, cpu> ? "cpu" : "simd", logits_off, gradient_off,
                losses_off, tolerance);
}

// In double we agree with PyTorch to 1e-9 (above): so this compares with every element of its gradients, not a sketch.
TEST_CASE_TEMPLATE("pytorch: the gradients in float, element by element", Device, cpu, simd) {
    run<double, cpu> exact;
    run<float, Device> ours;
    exact.forward_backward();
    ours.forward_backward();
    double worst = 0;
    for (std::size_t k = 0; k < ours.all.size(); ++k) {
        double off = 0, size = 0;
        for (std::size_t i = 0; i < ours.all[k].size; ++i) {
            off += std::pow(static_cast<double>(ours.all[k].grad[i]) - exact.all[k].grad[i], 2);
            size += std::pow(exact.all[k].grad[i], 2);
        }
        INFO(ours.all[k].name);
        CHECK(std::sqrt(off / size) <= 1e-5);
        worst = std::max(worst, std::sqrt(off / size));
    }
    std::printf("pytorch  float  %-4s  whole gradient tensors, relative L2 %.1e  (allowed 1e-05)\n",
                std::is_same_v<Device, cpu> ? "cpu" : "simd", worst);
}

TEST_CASE("pytorch: a sketch measures the length of a difference") {
    std::vector<double> x(5000);
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = numbers(9).normal(i), squares += x[i] * x[i];
    double estimate = 0;
    for (const double sum : sketch(x.data(), x.size())) estimate += sum * sum / signs;
    CHECK(estimate == doctest::Approx(squares).epsilon(4 * std::sqrt(2.0 / signs)));
    const std::vector<double> one{0, 3, 0};   // one wrong element changes every sum
    for (const double sum : sketch(one.data(), one.size())) CHECK(std::abs(sum) == 3);
}
