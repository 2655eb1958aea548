// The trainer, files and generation on a GPU or its simulator: what is saved on one device goes on on another.
#include "support.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <stepgpt/batch/write_data_folder.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/trainer.hpp>

#include "../support.hpp"

#include <stepgpt/cuda/model.cuh>

using namespace stepgpt;

namespace {

std::string counting_text() {
    std::string text;
    for (int line = 0; line < 40; ++line)
        for (int i = 0; i < 8; ++i) text += i == 7 ? '\n' : static_cast<char>('a' + (line * 3 + i) % 10);
    return text;
}

const gpt_config tiny{.vocab_size = 11, .block_size = 8, .n_layer = 1, .n_head = 2, .n_embd = 8, .dropout = 0.1};
const train_options six{.batch_size = 2, .steps = 6, .lr = 3e-3, .warmup = 2, .seed = 3, .eval_every = 6, .save_every = 3};

struct bench {
    test::temporary_folder folder{test::fast_disk()};
    data_folder data;

    bench() : data((prepare_text(counting_text(), character_tokens(counting_text()), folder / "data"), folder / "data")) {}

    template <class Real, class Device>
    train_result train(const std::string& out, bool resume = false) const {
        gpt<Real, Device> model(tiny, six.seed);
        trainer<gpt<Real, Device>> run(model, data, six, folder / out, resume);
        run.quiet = true;
        return run.train();
    }
    // As if the run had been killed after step 3.
    void forget_the_end(const std::string& out) const {
        std::filesystem::remove_all(folder / out / "checkpoint-000006");
        std::filesystem::remove(folder / out / "model.safetensors");
    }
    std::string weights(const std::string& out) const { return test::read(folder / out / "checkpoint-000006" / "model.safetensors"); }
    std::string moments(const std::string& out) const { return test::read(folder / out / "checkpoint-000006" / "optimizer.safetensors"); }
};

template <class Model>
std::vector<float> logits(const Model& model) {
    typename Model::cache cache;
    const token_ids<> ids{{1, 2, 3, 4, 5}};
    const auto& y = on_host(model.forward(ids, cache));
    return {y.data(), y.data() + y.size()};
}

}  // namespace

TEST_CASE_TEMPLATE("cuda: a resumed run has the bits of one that was not interrupted", Real, float, bf16) {
    const bench b;
    CHECK(b.train<Real, gpu>("run").how == outcome::finished);
    const std::string weights = b.weights("run"), moments = b.moments("run");
    b.forget_the_end("run");
    CHECK(b.train<Real, gpu>("run", true).how == outcome::finished);
    CHECK(b.weights("run") == weights);
    CHECK(b.moments("run") == moments);
}

TEST_CASE("cuda: a run that began on a cpu ends on a GPU, and the other way round") {
    const bench b;
    const double here = b.train<float, simd>("here").validation.loss, there = b.train<float, gpu>("there").validation.loss;
    CHECK(there == doctest::Approx(here).epsilon(1e-4));
    b.forget_the_end("here");
    CHECK(b.train<float, gpu>("here", true).validation.loss == doctest::Approx(here).epsilon(1e-4));
    b.forget_the_end("there");
    CHECK(b.train<float, simd>("there", true).validation.loss == doctest::Approx(here).epsilon(1e-4));
}

TEST_CASE("cuda: a model folder is read by every device; bf16 keeps its masters in it") {
    const bench b;
    b.train<bf16, gpu>("narrow");
    const auto plain = load_pretrained<gpt<float, cpu>>(b.folder / "narrow");
    const auto simulated = load_pretrained<gpt<float, gpu>>(b.folder / "narrow");
    const auto narrow = load_pretrained<gpt<bf16, gpu>>(b.folder / "narrow");
    const auto wanted = logits(plain), close = logits(simulated), rough = logits(narrow);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        REQUIRE(std::abs(close[i] - wanted[i]) < 1e-5);
        REQUIRE(std::abs(rough[i] - wanted[i]) < 0.02 * (1 + std::abs(wanted[i])));
    }
    bool all_narrow = true;                                      // a file of masters has numbers that no bf16 is
    for (const auto& p : parameters(const_cast<gpt<float, cpu>&>(plain)))
        for (std::size_t i = 0; i < p.size; ++i) all_narrow = all_narrow && float(bf16(p.value[i])) == p.value[i];
    CHECK(!all_narrow);
    CHECK(generate(simulated, b.data.text, "abc", 20, {.temperature = 0}) == generate(plain, b.data.text, "abc", 20, {.temperature = 0}));
    CHECK(generate(narrow, b.data.text, "abc", 5).size() == 5);
}

TEST_CASE("cuda: who looks into a run sees the numbers of the device") {
    gpt<float, gpu> model(tiny, 1);
    gpt<float, cpu> plain(tiny, 1);
    std::map<std::string, traced> seen, wanted;
    {
        const trace_to sink(store_trace(seen));
        logits(model);
    }
    {
        const trace_to sink(store_trace(wanted));
        logits(plain);
    }
    CHECK(seen.size() == wanted.size());
    for (const auto& [its_name, t] : wanted) {
        const std::string name = its_name;
        CAPTURE(name);
        REQUIRE(seen.contains(name));
        CHECK(seen[name].stats.mean == doctest::Approx(t.stats.mean).epsilon(1e-4));
        CHECK(seen[name].stats.max == doctest::Approx(t.stats.max).epsilon(1e-4));
    }
}
