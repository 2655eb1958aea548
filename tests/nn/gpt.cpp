// The whole model: its names and sizes, what it must not know, its gradient, and that it learns the same everywhere.
#include <gradient_check.hpp>

#include <set>
#include <string>
#include <vector>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/optim/schedule.hpp>

using stepgpt::gpt, stepgpt::gpt_config, stepgpt::parameters, stepgpt::pass, stepgpt::token, stepgpt::token_ids;

namespace {

token_ids<> some_ids(std::size_t B, std::size_t T, std::size_t V, std::uint64_t seed = 1) {
    token_ids<> ids;
    stepgpt::resize(ids, {B, T});
    const stepgpt::random_numbers numbers(seed, stepgpt::stream::test);
    for (std::size_t i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<token>(numbers.below(V, i));
    return ids;
}

const gpt_config small{.vocab_size = 65, .block_size = 16, .n_layer = 2, .n_head = 3, .n_embd = 48, .dropout = 0.1};

// What a run leaves behind: its losses, and a hash of the weights' bits.
struct trained {
    std::vector<double> losses;
    std::uint64_t weights = 0;
};

// AdamW on the same 4 windows again and again, dropout 0.1, as the trainer does it.
template <class Device>
trained train(std::size_t steps) {
    gpt<float, Device> model(small, 42);
    typename gpt<float, Device>::cache cache;
    typename gpt<float, Device>::gradients gradients;
    const auto all = parameters(model);
    stepgpt::adamw<float, Device> rule({}, all);
    const stepgpt::schedule rate{.lr = 3e-3, .warmup = 3, .steps = steps};
    const auto ids = some_ids(4, 16, 65, 1), targets = some_ids(4, 16, 65, 2);
    trained run;
    for (std::size_t step = 0; step < steps; ++step) {
        stepgpt::zero_gradients(Device{}, all);
        const pass training{.training = true, .seed = 42, .step = static_cast<std::uint32_t>(step)};
        run.losses.push_back(model.loss(ids, targets, cache, training));
        model.backward(ids, targets, cache, gradients);
        rule.step(all, rate(step), stepgpt::clip_scale(stepgpt::gradient_norm(Device{}, all), 1));
    }
    run.weights = 14695981039346656037u;   // FNV-1a
    for (const auto& p : all)
        for (std::size_t i = 0; i < p.size * sizeof(float); ++i)
            run.weights = (run.weights ^ reinterpret_cast<const unsigned char*>(p.value)[i]) * 1099511628211u;
    return run;
}

}  // namespace

TEST_CASE("gpt: parameters bear GPT-2's names, in the order of its files") {
    gpt<float> model({.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 4});
    std::string names;
    std::size_t numbers = 0;
    for (const auto& p : parameters(model)) {
        names += p.name + " " + stepgpt::shape_text(p.shape) + "\n";
        numbers += p.size;
    }
    std::string wanted = "wte.weight (7, 4)\nwpe.weight (5, 4)\n";
    for (const std::string h : {"h.0.", "h.1."})
        wanted += h + "ln_1.weight (4)\n" + h + "ln_1.bias (4)\n" +
                  h + "attn.c_attn.weight (4, 12)\n" + h + "attn.c_attn.bias (12)\n" +
                  h + "attn.c_proj.weight (4, 4)\n" + h + "attn.c_proj.bias (4)\n" +
                  h + "ln_2.weight (4)\n" + h + "ln_2.bias (4)\n" +
                  h + "mlp.c_fc.weight (4, 16)\n" + h + "mlp.c_fc.bias (16)\n" +
                  h + "mlp.c_proj.weight (16, 4)\n" + h + "mlp.c_proj.bias (4)\n";
    wanted += "ln_f.weight (4)\nln_f.bias (4)\n";
    CHECK(names == wanted);
    CHECK(numbers == parameter_count(model.config));   // the closed form

    gpt<float> untied({.vocab_size = 7, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 4, .tied = false});
    const auto all = parameters(untied);
    CHECK(all.back().name == "lm_head.weight");
    CHECK(all.back().size == 28);
    CHECK(numbers + 28 == parameter_count(untied.config));
}

TEST_CASE_TEMPLATE("gpt: an untrained model is near ln V", Device, stepgpt::cpu, stepgpt::simd) {
    const gpt<float, Device> model(small);
    typename gpt<float, Device>::cache cache;
    CHECK(std::abs(model.loss(some_ids(4, 16, 65), some_ids(4, 16, 65, 2), cache) - std::log(65)) < 0.1);
}

TEST_CASE_TEMPLATE("gpt: no logit knows a later token, to the last bit", Device, stepgpt::cpu, stepgpt::simd) {
    gpt<float, Device> model(small);
    test::randomise(model);
    typename gpt<float, Device>::cache cache;
    auto ids = some_ids(2, 16, 65);
    const auto before = model.forward(ids, cache);
    for (std::size_t t = 7; t < 16; ++t) ids(0, t) = (ids(0, t) + 1) % 65;
    const auto& after = model.forward(ids, cache);
    for (std::size_t t = 0; t < 16; ++t) {
        std::size_t changed = 0;
        for (std::size_t v = 0; v < 65; ++v) {
            changed += after(0, t, v) != before(0, t, v);
            CHECK(after(1, t, v) == before(1, t, v));   // nor another sequence
        }
        CHECK((changed > 0) == (t >= 7));
    }
}

TEST_CASE_TEMPLATE("gpt: gradient check of the whole model, dropout 0.2, some targets ignored", Device, stepgpt::cpu,
                   stepgpt::simd) {
    for (const bool tied : {true, false}) {
        gpt<double, Device> model({.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 10,
                                   .dropout = 0.2, .tied = tied});
        test::randomise(model);
        typename gpt<double, Device>::cache cache;
        typename gpt<double, Device>::gradients gradients;
        const auto ids = some_ids(2, 5, 11);
        auto targets = some_ids(2, 5, 11, 2);
        targets(0, 1) = targets(1, 3) = -1;
        const pass run{.training = true, .seed = 4};
        const auto loss = [&] { return model.loss(ids, targets, cache, run); };
        const auto claims = test::claims(model, [&] { loss(), model.backward(ids, targets, cache, gradients); });
        CHECK(claims.size() == (tied ? 28 : 29));
        test::check_claims(test::on<Device>("gpt, dropout 0.2, ignored targets"), claims, loss);
    }
}

TEST_CASE("gpt: two half batches with scale 1/2 add up to the gradient of the whole") {
    gpt<double> model({.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 10});
    test::randomise(model);
    gpt<double>::cache cache;
    gpt<double>::gradients gradients;
    const auto gradient = [&](auto&& accumulate) {
        return test::claims(model, accumulate);
    };
    const auto ids = some_ids(4, 5, 11), targets = some_ids(4, 5, 11, 2);
    const auto whole = gradient([&] {
        model.loss(ids, targets, cache);
        model.backward(ids, targets, cache, gradients);
    });
    const auto halves = gradient([&] {
        for (const std::size_t first : {0u, 2u}) {
            token_ids<> half_ids, half_targets;
            stepgpt::resize(half_ids, {2, 5});
            stepgpt::resize(half_targets, {2, 5});
            std::copy_n(ids.data() + first * 5, 10, half_ids.data());
            std::copy_n(targets.data() + first * 5, 10, half_targets.data());
            model.loss(half_ids, half_targets, cache);
            model.backward(half_ids, half_targets, cache, gradients, 0.5);
        }
    });
    for (std::size_t i = 0; i < whole.size(); ++i)
        CHECK(test::relative_error(halves[i].gradient, whole[i].gradient) < 1e-12);
}

TEST_CASE_TEMPLATE("gpt: gradients that are written are those that are added to zero", Device, stepgpt::cpu,
                   stepgpt::simd) {
    for (const bool tied : {true, false}) {
        auto sizes = small;
        sizes.tied = tied;
        gpt<float, Device> model(sizes, 42);
        typename gpt<float, Device>::cache cache;
        typename gpt<float, Device>::gradients gradients;
        const auto all = parameters(model);
        const auto ids = some_ids(3, 9, 65, 1), targets = some_ids(3, 9, 65, 2);   // shorter than block_size: idle rows
        const auto gradient = [&](stepgpt::into how, float before) {
            for (const auto& p : all) std::fill_n(p.grad, p.size, before);
            model.loss(ids, targets, cache);
            model.backward(ids, targets, cache, gradients, 1, how);
            std::vector<float> every;
            for (const auto& p : all) every.insert(every.end(), p.grad, p.grad + p.size);
            return every;
        };
        CHECK(gradient(stepgpt::into::write, NAN) == gradient(stepgpt::into::add, 0));
    }
}

TEST_CASE("gpt: what cannot be asked is refused") {
    CHECK_THROWS_WITH_AS(gpt<float>({.vocab_size = 65, .n_head = 5}), doctest::Contains("128 channels for 5 heads"),
                         stepgpt::error);
    const gpt<float> model(small);
    gpt<float>::cache cache;
    CHECK_THROWS_WITH_AS(model.forward(some_ids(1, 17, 65), cache), doctest::Contains("at most block_size = 16"),
                         stepgpt::error);
    CHECK_THROWS_WITH_AS(model.forward(some_ids(1, 16, 1000), cache), doctest::Contains("wanted 0 to 64"),
                         stepgpt::error);
    CHECK_THROWS_WITH_AS(model.loss(some_ids(2, 16, 65), some_ids(2, 15, 65), cache),
                         doctest::Contains("targets (B,T)"), stepgpt::error);
}

TEST_CASE_TEMPLATE("gpt: a golden run of ten steps", Device, stepgpt::cpu, stepgpt::simd) {
    const std::vector<double> golden{4.19525, 4.05547, 3.88833, 3.7067, 3.57937, 3.47946, 3.39426, 3.32518, 3.26674, 3.24104};
    const auto losses = train<Device>(10).losses;
    REQUIRE(losses.size() == golden.size());
    for (std::size_t step = 0; step < golden.size(); ++step) {
        INFO("step ", step);
        CHECK(losses[step] == doctest::Approx(golden[step]).epsilon(1e-5));
    }
}

TEST_CASE("gpt: the same bits in every weight on 1, 2, 3 and 4 threads") {
    const int before = stepgpt::thread_count();
    std::set<std::uint64_t> weights;
    for (const int threads : {1, 2, 3, 4}) {
        stepgpt::set_thread_count(threads);
        weights.insert(train<stepgpt::simd>(20).weights);
    }
    stepgpt::set_thread_count(before);
    CHECK(weights.size() == 1);
}
