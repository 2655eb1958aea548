// A step that stays on the device: it learns what the plain learner learns, replayed it has the bits of direct launches, and
// the gradients of several batches lose nothing in bf16.
#include "support.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/batch/write_data_folder.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/learner.hpp>

#include "../support.hpp"

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

const gpt_config tiny{.vocab_size = 11, .block_size = 8, .n_layer = 1, .n_head = 2, .n_embd = 8, .dropout = 0.1};

struct bench {
    test::temporary_folder folder{test::fast_disk()};
    data_folder data;

    bench() : data((prepare_text(text(), character_tokens(text()), folder / "data"), folder / "data")) {}

    static std::string text() {
        std::string all;
        for (int line = 0; line < 40; ++line)
            for (int i = 0; i < 8; ++i) all += i == 7 ? '\n' : static_cast<char>('a' + (line * 3 + i) % 10);
        return all;
    }
};

struct plus_one {
    __device__ float operator()(float x) const { return x + 1; }
};

struct learnt {
    std::vector<double> losses, norms, weights;
};

// What `steps` updates come to. `prepare` may change the learner first.
template <class Model, class Prepare>
learnt learn(const bench& b, const train_options& options, std::size_t steps, Prepare&& prepare) {
    Model model(tiny, 3);
    learner<Model> student(model, options);
    prepare(student);
    loader batches(b.data.train, options.batch_size, tiny.block_size, 3, window_order::shuffled_windows);
    student.rehearse(batches);
    learnt all;
    for (std::size_t step = 0; step < steps; ++step) {
        const step_result result = student.take(step, batches);
        CHECK(result.updated);
        all.losses.push_back(result.loss);
        all.norms.push_back(result.gradient_norm);
    }
    CHECK(student.rule().t() == steps);
    const parameters_here here(typename Model::device{}, student.parameters());
    for (const auto& p : here.views())
        for (std::size_t i = 0; i < p.size; ++i) all.weights.push_back(static_cast<double>(p.value[i]));
    return all;
}
template <class Model>
learnt learn(const bench& b, const train_options& options, std::size_t steps) {
    return learn<Model>(b, options, steps, [](auto&) {});
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    return largest;
}

train_options options_of(std::size_t accumulate, const char* optimizer = "adamw") {
    return {.batch_size = 2, .steps = 8, .accumulate = accumulate, .optimizer = optimizer, .lr = 1e-2, .warmup = 2,
            .clip = 0.5, .seed = 3};
}

}  // namespace

TEST_CASE("cuda: a step on the device is the plain learner's, with one batch and with three, for both optimizers") {
    const bench b;
    for (const std::size_t accumulate : {1, 3})
        for (const char* rule : {"adamw", "sgd"}) {
            CAPTURE(accumulate);
            CAPTURE(rule);
            const auto options = options_of(accumulate, rule);
            const learnt plain = learn<gpt<double, cpu>>(b, options, 4), there = learn<gpt<double, gpu>>(b, options, 4);
            CHECK(largest_difference(there.losses, plain.losses) < 1e-12);
            CHECK(largest_difference(there.norms, plain.norms) < 1e-11);
            CHECK(largest_difference(there.weights, plain.weights) < 1e-9);
        }
}

TEST_CASE_TEMPLATE("cuda: replayed steps have the bits of direct ones; ids, rate, dropout and rounding are each step's own", Real,
                   float, bf16) {
    const bench b;
    for (const std::size_t accumulate : {1, 3}) {
        CAPTURE(accumulate);
        using Model = gpt<Real, gpu>;
        const auto options = options_of(accumulate);
        const learnt direct = learn<Model>(b, options, 6, [](auto& student) { student.records = false; });
        const learnt replayed = learn<Model>(b, options, 6, [](auto& student) { student.records = true; });
        CHECK(test::equal_bits(direct.losses, replayed.losses));
        CHECK(test::equal_bits(direct.norms, replayed.norms));
        CHECK(test::equal_bits(direct.weights, replayed.weights));
        CHECK(direct.losses[5] != direct.losses[4]);
    }
}

TEST_CASE_TEMPLATE("cuda: five steps have the same bits under every schedule", Real, float, bf16) {
    const bench b;
    test::under_every_schedule([&] {
        learnt all = learn<gpt<Real, gpu>>(b, options_of(1), 5);
        all.weights.insert(all.weights.end(), all.losses.begin(), all.losses.end());
        all.weights.insert(all.weights.end(), all.norms.begin(), all.norms.end());
        return all.weights;
    });
}

TEST_CASE("cuda: work is made directly once, then recorded, and made directly again when memory has moved") {
    const device_buffer<float> x(8);
    set_to_zero(gpu{}, x.data(), 8);
    repeated_work work;
    const auto add_one = [&] {
        launch(map_one<1, float, plus_one>, 1, 32, 0, x.data(), x.data(), std::size_t{8}, plus_one{});
    };
    CHECK(work(add_one) == repeated_work::way::directly);
    CHECK(work(add_one) == repeated_work::way::replayed);
    CHECK(work(add_one) == repeated_work::way::replayed);
    const device_buffer<float> another(8);
    CHECK(work(add_one) == repeated_work::way::directly);
    CHECK(work(add_one) == repeated_work::way::replayed);
    std::vector<float> here(8);
    to_host(gpu{}, x.data(), here.data(), 8);
    CHECK(here == std::vector<float>(8, 5));
}

#ifndef __CUDACC__                                        // CUDA itself refuses such a capture, in words of its own
TEST_CASE("cuda: what is recorded may not bring numbers, fetch them or take memory") {
    float number = 1;
    const device_buffer<float> x(1);
    CHECK_THROWS_WITH_AS(recorded_work([&] { to_device(gpu{}, &number, x.data(), 1); }), doctest::Contains("a copy to the device"),
                         stepgpt::error);
    CHECK_THROWS_AS(recorded_work([&] { to_host(gpu{}, x.data(), &number, 1); }), stepgpt::error);
    CHECK_THROWS_AS(recorded_work([&] { device_buffer<float>(3); }), stepgpt::error);
    to_device(gpu{}, &number, x.data(), 1);          // and nothing is recorded any more
}
#endif

TEST_CASE("cuda: the gradients of many bf16 batches are added up in float") {
    // 1, and then 64 times 1/512: the bf16 that follows 1 is 1 + 1/128, so each of them alone would be rounded away.
    const std::vector<bf16> large(5, bf16(1)), small(5, bf16(1 / 512.f));
    device_buffer<bf16> grad(5);
    device_buffer<float> sum(5);
    device_buffer<batch_numbers<float>> numbers(1);
    const optimized<bf16> weight{.grad = grad.data(), .size = 5, .sum = sum.data()};
    const weight_table<bf16> table(std::span(&weight, 1));
    for (int batch = 0; batch <= 64; ++batch) {
        const batch_numbers<float> its_own{.first = batch == 0};
        to_device(gpu{}, &its_own, numbers.data(), 1);
        to_device(gpu{}, (batch == 0 ? large : small).data(), grad.data(), 5);
        add_gradients<bf16>(gpu{}, table, numbers.data());
    }
    std::vector<float> here(5);
    to_host(gpu{}, sum.data(), here.data(), 5);
    CHECK(here == std::vector<float>(5, 1 + 64 / 512.f));
    CHECK(sum_of_squares_all(gpu{}, std::span(&weight, 1)) == doctest::Approx(5 * 1.125 * 1.125));
}

TEST_CASE("cuda: many small bf16 batches learn as few large ones do") {
    const bench b;
    auto one = options_of(1), eight = options_of(8);
    one.batch_size = 16;
    const learnt large = learn<gpt<bf16, gpu>>(b, one, 1), small = learn<gpt<bf16, gpu>>(b, eight, 1);
    CHECK(small.losses[0] == doctest::Approx(large.losses[0]).epsilon(2e-2));     // other dropout, the same windows
    CHECK(small.norms[0] == doctest::Approx(large.norms[0]).epsilon(0.2));
}

TEST_CASE("cuda: a step whose loss is not finite leaves the weights and the count of steps as they were") {
    const bench b;
    using Model = gpt<float, gpu>;
    Model model(tiny, 3);
    learner<Model> student(model, options_of(1));
    loader batches(b.data.train, 2, tiny.block_size, 3, window_order::shuffled_windows);
    std::vector<float> wte(model.embed.wte.value.size()), after(wte.size());
    to_host(gpu{}, model.embed.wte.value.data(), wte.data(), wte.size());
    wte[0] = INFINITY;
    for (std::size_t i = 1; i < 8; ++i) wte[i] = -INFINITY;
    to_device(gpu{}, wte.data(), model.embed.wte.value.data(), wte.size());
    const step_result result = student.take(0, batches);
    CHECK(!result.updated);
    CHECK(student.rule().t() == 0);
    to_host(gpu{}, model.embed.wte.value.data(), after.data(), after.size());
    CHECK(test::equal_bits(after, wte));
}
