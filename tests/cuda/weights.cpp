// What reaches all weights, on the simulator: the embedding's gradient, the optimizers, the length of the gradient.
#include "on_device.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <stepgpt/kernel/embedding.cuh>
#include <stepgpt/kernel/embedding.hpp>
#include <stepgpt/kernel/optimizer.cuh>

using namespace stepgpt;

TEST_CASE_TEMPLATE("cuda: embedding, both ways; a token that occurs often, one that occurs once, one that never does", Real, float, double) {
    const std::size_t B = 3, T = 101, V = 12;
    for (const std::size_t C : {1, 20, 64}) {
        CAPTURE(C);
        std::vector<token> ids(B * T);
        for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i == 50 ? 11 : static_cast<token>(i * i % 7 % 5);
        const auto wte = test::device_numbers<Real>(V * C, 1), wpe = test::device_numbers<Real>(T * C, 2);
        const auto dy = test::device_numbers<Real>(B * T * C, 3), start = test::device_numbers<Real>((V + T) * C, 4);
        std::vector<Real> y(B * T * C), gradients = start;
        embedding_forward(cpu{}, ids.data(), wte.data(), wpe.data(), y.data(), B, T, C);
        embedding_backward(cpu{}, ids.data(), dy.data(), gradients.data(), gradients.data() + V * C, B, T, C);

        const auto ids_there = test::to_device(ids);
        const auto wte_there = test::to_device(wte), wpe_there = test::to_device(wpe), dy_there = test::to_device(dy);
        CHECK(y == test::under_every_schedule([&] {
            const auto result = test::unwritten<Real>(B * T * C);
            embedding_forward(gpu{}, ids_there.data(), wte_there.data(), wpe_there.data(), result.data(), B, T, C);
            return test::to_host(result, B * T * C);
        }));
        const auto its = test::under_every_schedule([&] {
            const auto result = test::to_device(start);
            embedding_backward(gpu{}, ids_there.data(), dy_there.data(), result.data(), result.data() + V * C, B, T, C);
            return test::to_host(result, start.size());
        });
        const auto naive_there = test::to_device(start);
        launch(embedding_naive_backward<Real>, blocks_for(C, 32), 32, 0, ids_there.data(), dy_there.data(), naive_there.data(),
               static_cast<int>(B * T), static_cast<int>(C));
        const auto naive = test::to_host(naive_there, start.size());
        for (std::size_t i = 0; i < its.size(); ++i) {
            REQUIRE(its[i] == doctest::Approx(gradients[i]).epsilon(sizeof(Real) == 8 ? 1e-13 : 1e-5));
            if (i < V * C) REQUIRE(naive[i] == gradients[i]);       // the same order: the same bits
        }
    }
}

TEST_CASE("cuda: embedding in bf16: a sum is rounded once, not at every occurrence") {
    const std::size_t B = 2, T = 300, V = 3, C = 24;
    std::vector<token> ids(B * T, 1);                                    // one token 598 times, another once
    ids[7] = 2, ids[400] = 0;
    const auto in_bf16 = [](std::size_t n, unsigned seed) {
        std::vector<bf16> x;
        for (const float value : test::device_numbers<float>(n, seed)) x.push_back(bf16(value));
        return x;
    };
    const auto wte = in_bf16(V * C, 1), wpe = in_bf16(T * C, 2), dy = in_bf16(B * T * C, 3), start = in_bf16((V + T) * C, 4);
    const auto ids_there = test::to_device(ids);
    const auto wte_there = test::to_device(wte), wpe_there = test::to_device(wpe), dy_there = test::to_device(dy);
    const auto y = test::under_every_schedule([&] {
        const auto result = test::unwritten<bf16>(B * T * C);
        embedding_forward(gpu{}, ids_there.data(), wte_there.data(), wpe_there.data(), result.data(), B, T, C);
        return test::to_host(result, B * T * C);
    });
    for (std::size_t i = 0; i < y.size(); ++i)
        REQUIRE(y[i].bits == bf16(wte[static_cast<std::size_t>(ids[i / C]) * C + i % C] + wpe[i / C % T * C + i % C]).bits);

    auto wanted = test::in_double(start);
    embedding_backward(cpu{}, ids.data(), test::in_double(dy).data(), wanted.data(), wanted.data() + V * C, B, T, C);
    const auto its = test::under_every_schedule([&] {
        const auto result = test::to_device(start);
        embedding_backward(gpu{}, ids_there.data(), dy_there.data(), result.data(), result.data() + V * C, B, T, C);
        return test::to_host(result, start.size());
    });
    for (std::size_t i = 0; i < its.size(); ++i) REQUIRE(std::abs(its[i] - wanted[i]) <= std::abs(wanted[i]) / 256 + 1e-5);
}

TEST_CASE("cuda: rows in the order of their tokens, and of one token in the order of the text") {
    const std::vector<token> few{3, 1, 3, 0, 1, 3};
    const auto few_there = test::to_device(few);
    const row_order by_token = order_of_rows(few_there.data(), 6);
    std::vector<int> order(6), run(6);
    to_host(gpu{}, by_token.order, order.data(), 6);
    to_host(gpu{}, by_token.run, run.data(), 6);
    CHECK(order == std::vector<int>{3, 1, 4, 0, 2, 5});
    CHECK(run == std::vector<int>{1, 2, 0, 3, 0, 0});

    std::vector<token> ids(1000);                                        // four tiles, the last of them not full
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<token>(i * i % 37 % 11);
    std::vector<int> wanted(ids.size());
    std::iota(wanted.begin(), wanted.end(), 0);
    std::stable_sort(wanted.begin(), wanted.end(), [&](int a, int b) { return ids[a] < ids[b]; });
    const auto there = test::to_device(ids);
    const auto places = test::under_every_schedule([&] {
        const row_order rows = order_of_rows(there.data(), ids.size());
        std::vector<int> all(2 * ids.size());
        to_host(gpu{}, rows.order, all.data(), ids.size());
        to_host(gpu{}, rows.run, all.data() + ids.size(), ids.size());
        return all;
    });
    for (std::size_t i = 0; i < ids.size(); ++i) {
        REQUIRE(places[i] == wanted[i]);
        const token mine = ids[wanted[i]];
        const bool first = i == 0 || ids[wanted[i - 1]] != mine;
        REQUIRE(places[ids.size() + i] == (first ? std::count(ids.begin(), ids.end(), mine) : 0));
    }
}

namespace {

// Two weights, one that fills a chunk and a half and decays, and a small one that does not; here, and on the device.
template <class Real>
struct two_weights {
    using Sum = accumulator<Real>;
    static constexpr std::size_t large = chunk_size * 3 / 2 + 3, small = 5, both = large + small;

    std::vector<Real> grad = numbers(1), value = numbers(2);
    std::vector<Sum> m = sums(3), v = sums(4);
    device_buffer<Real> grad_there = test::to_device(grad), value_there = test::to_device(value);
    device_buffer<Sum> master_there = test::to_device(std::vector<Sum>(value.begin(), value.end()));
    device_buffer<Sum> m_there = test::to_device(m), v_there = test::to_device(v);

    static std::vector<Real> numbers(unsigned seed) {
        std::vector<Real> x(both);
        const auto wide = test::device_numbers<double>(both, seed);
        for (std::size_t i = 0; i < both; ++i) x[i] = static_cast<Real>(static_cast<Sum>(wide[i]));
        return x;
    }
    static std::vector<Sum> sums(unsigned seed) {
        auto x = test::device_numbers<Sum>(both, seed);
        for (auto& value : x) value = std::abs(value);
        return x;
    }
    static std::vector<optimized<Real>> pair(Real* grad, Real* value, Sum* master, Sum* m, Sum* v) {
        return {{grad, value, master, m, v, large, true, 0},
                {grad + large, value + large, master ? master + large : master, m + large, v + large, small, false, 1}};
    }
    std::vector<optimized<Real>> here() { return pair(grad.data(), value.data(), nullptr, m.data(), v.data()); }
    std::vector<optimized<Real>> there() {
        Sum* const master = std::is_same_v<Real, Sum> ? nullptr : master_there.data();
        return pair(grad_there.data(), value_there.data(), master, m_there.data(), v_there.data());
    }
    std::vector<Real> learnt() const { return test::to_host(value_there, both); }
};

template <class Real>
std::span<const optimized<Real>> all_of(const std::vector<optimized<Real>>& list) { return list; }

}  // namespace

TEST_CASE_TEMPLATE("cuda: AdamW and SGD of all weights at once are the plain kernels'", Real, float, double) {
    const adamw_step adam{.lr = 0.01, .decay = 0.1, .correction1 = 0.1, .correction2 = 0.02, .gradient_scale = 0.5};
    const sgd_step sgd{.lr = 0.01, .decay = 0.1, .gradient_scale = 0.5};
    for (const bool with_adam : {true, false}) {
        two_weights<Real> wanted;
        with_adam ? adamw_update_all(cpu{}, all_of(wanted.here()), adam, 3) : sgd_update_all(cpu{}, all_of(wanted.here()), sgd, 3);
        const auto value = test::under_every_schedule([&] {
            two_weights<Real> w;
            with_adam ? adamw_update_all(gpu{}, all_of(w.there()), adam, 3) : sgd_update_all(gpu{}, all_of(w.there()), sgd, 3);
            return w.learnt();
        });
        for (std::size_t i = 0; i < value.size(); ++i)
            REQUIRE(value[i] == doctest::Approx(wanted.value[i]).epsilon(sizeof(Real) == 8 ? 1e-13 : 1e-5));
    }
}

TEST_CASE("cuda: a bf16 weight learns through its master, and is rounded by numbers that its place and the step choose") {
    two_weights<bf16> w;
    adamw_update_all(gpu{}, all_of(w.there()), adamw_step{.lr = 1e-4, .correction1 = 0.1, .correction2 = 0.02}, 7);
    const auto learnt = w.learnt();
    const auto master = test::to_host(w.master_there, w.both);
    // The masters have learnt what plain floats learn from the same gradients, and each weight is one of its master's neighbours.
    const two_weights<bf16> start;
    std::vector<float> grad(start.grad.begin(), start.grad.end()), plain(start.value.begin(), start.value.end()), m = start.m, v = start.v;
    const adamw_step step{.lr = 1e-4, .correction1 = 0.1, .correction2 = 0.02};
    const std::vector<optimized<float>> both{{grad.data(), plain.data(), nullptr, m.data(), v.data(), start.both, false, 0}};
    adamw_update_all(cpu{}, all_of(both), step, 7);
    for (std::size_t i = 0; i < plain.size(); ++i) REQUIRE(master[i] == doctest::Approx(plain[i]).epsilon(1e-6));
    const auto noise = [&](std::size_t i) {
        const bool second = i >= start.large;
        return random_numbers(second, stream::rounding, 7).bits(second ? i - start.large : i);
    };
    std::size_t moved = 0;
    for (std::size_t i = 0; i < learnt.size(); ++i) {
        REQUIRE(learnt[i].bits == rounded_at_random(master[i], noise(i)).bits);
        moved += learnt[i].bits != w.value[i].bits;
    }
    CHECK(moved > 0);                                                    // steps far below a bf16's last digit are not lost,
    CHECK(moved < learnt.size() / 2);                                    // and do not move every weight
    const device_buffer<bf16> again(w.both);
    const auto round_both = [&](std::uint64_t t) {
        round_weights(gpu{}, w.master_there.data(), again.data(), w.large, 0, t);
        round_weights(gpu{}, w.master_there.data() + w.large, again.data() + w.large, w.small, 1, t);
        return test::to_host(again, w.both);
    };
    CHECK(test::equal_bits(round_both(7), learnt));
    CHECK(!test::equal_bits(round_both(8), learnt));
}

TEST_CASE_TEMPLATE("cuda: the sum of the squares of all gradients", Real, float, double, bf16) {
    two_weights<Real> w;
    double wanted = 0;
    for (const Real g : w.grad) wanted += static_cast<double>(g) * static_cast<double>(g);
    const auto sum = test::under_every_schedule([&] { return std::vector<double>{sum_of_squares_all(gpu{}, all_of(w.there()))}; });
    CHECK(sum[0] == doctest::Approx(wanted).epsilon(1e-13));
    CHECK(sum_of_squares_all(gpu{}, std::span<const optimized<Real>>()) == 0);
}
