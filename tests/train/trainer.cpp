#include <stepgpt/train/trainer.hpp>

#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <stepgpt/batch/write_data_folder.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/nn/gpt.hpp>

#include "support.hpp"

using namespace stepgpt;
using model_type = gpt<float>;

namespace {

// A text with something to learn: every line counts up from another number.
std::string counting_text() {
    std::string text;
    for (int line = 0; line < 300; ++line) {
        for (int i = 0; i < 8; ++i) text += static_cast<char>('a' + (line * 7 + i) % 26);
        text += '\n';
    }
    return text;
}

const gpt_config small{.vocab_size = 27, .block_size = 16, .n_layer = 2, .n_head = 2, .n_embd = 32, .dropout = 0.1};
const train_options fifty{.batch_size = 4, .steps = 50, .lr = 3e-3, .warmup = 5, .seed = 3, .eval_every = 50};

struct bench {
    test::temporary_folder folder;
    data_folder data;

    bench() : data((prepare_text(counting_text(), character_tokens(counting_text()), folder / "data"), folder / "data")) {}
};

std::vector<float> weights_of(model_type& model) {
    std::vector<float> all;
    for (const auto& p : parameters(model)) all.insert(all.end(), p.value, p.value + p.size);
    return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<float> trained(const bench& b, const train_options& options) {
    model_type model(small, options.seed);
    trainer<model_type> run(model, b.data, options);
    run.quiet = true;
    run.train();
    return weights_of(model);
}

}  // namespace

TEST_CASE("a model learns to count") {
    bench b;
    model_type model(small, 1);
    train_options options = fifty;
    options.steps = 300;
    options.eval_every = 300;
    trainer<model_type> run(model, b.data, options, b.folder / "out");
    run.quiet = true;
    const train_result result = run.train();
    CHECK(result.how == outcome::finished);
    CHECK(result.first_loss == doctest::Approx(std::log(27.0)).epsilon(0.05));
    CHECK(result.validation.loss < 0.75);                  // only the first letter of a line is news: ln 26 / 9 = 0.36
    CHECK(result.validation.tokens == window_count(b.data.val.size(), 16) * 16);
    for (const char* name : {"model.safetensors", "stepgpt.json", "checkpoint-000300/model.safetensors"})
        CHECK(std::filesystem::exists(b.folder / "out" / name));
    for (const auto& [name, bytes] : model_files(small, b.data.text))                  // as Hugging Face's libraries want them
        for (const auto& folder : {b.folder / "out", b.folder / "out" / "checkpoint-000300"})
            CHECK(test::read(folder / name) == bytes);
    const auto kept = load_pretrained<model_type>(b.folder / "out");
    model_type::cache cache;
    CHECK(evaluate(kept, b.data.val, 4, cache).loss == doctest::Approx(result.best_loss));
}

TEST_CASE("interrupted after any step and resumed: the bits of a run that was never interrupted") {
    bench b;
    const auto uninterrupted = trained(b, fifty);
    for (std::size_t k = 1; k < fifty.steps; ++k) {
        CAPTURE(k);
        const auto out = b.folder / ("out-" + std::to_string(k));
        train_options options = fifty;
        options.eval_every = k;                              // how often one looks must not change what is learnt
        {
            model_type model(small, options.seed);
            trainer<model_type> run(model, b.data, options, out);
            run.quiet = true;
            run.after_evaluation = [](const model_type&, std::size_t) { std::raise(SIGINT); };
            const auto result = run.train();
            REQUIRE(result.how == outcome::interrupted);
            REQUIRE(result.steps == k);
            REQUIRE(result.signal == SIGINT);
        }
        model_type model(small, 999);                        // other weights: the checkpoint's must replace them
        trainer<model_type> run(model, b.data, options, out, true);
        run.quiet = true;
        REQUIRE(run.train().how == outcome::finished);
        REQUIRE(same_bits(weights_of(model), uninterrupted));
        std::filesystem::remove_all(out);
    }
}

TEST_CASE("the same bits after 100 steps on 1, 2, 3 and 4 threads") {
    bench b;
    train_options options = fifty;
    options.steps = options.eval_every = 100;
    const int before = thread_count();
    set_thread_count(1);
    const auto one = trained(b, options);
    for (int threads = 2; threads <= 4; ++threads) {
        set_thread_count(threads);
        CHECK(same_bits(trained(b, options), one));
    }
    set_thread_count(before);
}

TEST_CASE("with bf16 products a model learns as with floats; a run keeps to the precision that it began with") {
    bench b;
    train_options options = fifty;
    options.steps = options.eval_every = 150;
    const auto loss = [&](bool in_bf16, const std::filesystem::path& out, bool resume = false) {
        model_type model(small, options.seed);
        use_bf16_products(in_bf16);
        trainer<model_type> run(model, b.data, options, out, resume);
        run.quiet = true;
        return run.train().validation.loss;
    };
    const double exact = loss(false, b.folder / "float"), rounded = loss(true, b.folder / "bf16");
    CHECK(rounded != exact);
    CHECK(rounded == doctest::Approx(exact).epsilon(0.02));
    options.steps = 200;
    CHECK_THROWS_WITH_AS(loss(false, b.folder / "bf16", true), doctest::Contains("precision"), error);
    use_bf16_products(false);
}

TEST_CASE("accumulated batches are one large batch, learnt in parts") {
    bench b;
    train_options options = fifty;
    options.steps = 1;
    options.warmup = 0;
    options.accumulate = 3;
    options.eval_every = 1;
    CHECK_FALSE(same_bits(trained(b, options), trained(b, [&] { auto o = options; o.accumulate = 1; return o; }())));
}

TEST_CASE("an update that is not finite is skipped; three in a row stop the run and keep the last good checkpoint") {
    bench b;
    model_type model(small, 1);
    train_options options = fifty;
    options.eval_every = 10;
    trainer<model_type> run(model, b.data, options, b.folder / "out");
    run.quiet = true;
    run.after_evaluation = [&](const model_type&, std::size_t step) {
        if (step == 20) model.h[1].mlp.c_fc.weight.value.data()[5] = std::numeric_limits<float>::quiet_NaN();
    };
    const auto result = run.train();
    CHECK(result.how == outcome::diverged);
    CHECK(result.steps == 20);
    CHECK(checkpoint_steps(b.folder / "out") == std::vector<std::size_t>{10, 20});
    CHECK(newest_checkpoint(b.folder / "out")->step() == 20);
}

TEST_CASE("bad beginnings end before anything is written") {
    bench b;
    model_type model(small, 1);
    const auto complaint = [&](auto&& begin) -> std::string {
        try {
            begin();
            return "";
        } catch (const error& e) {
            return e.what();
        }
    };
    const auto contains = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
    const auto start = [&](const train_options& options, const std::filesystem::path& out, bool resume = false) {
        trainer<model_type> run(model, b.data, options, out, resume);
        run.quiet = true;
        run.train();
    };

    SUBCASE("an out folder that is a file") {
        test::write(b.folder / "file", "x");
        CHECK_FALSE(complaint([&] { start(fifty, b.folder / "file"); }).empty());
        CHECK(test::read(b.folder / "file") == "x");
    }
    SUBCASE("nothing to resume") {
        CHECK(contains(complaint([&] { start(fifty, b.folder / "none", true); }), "no checkpoint"));
    }
    SUBCASE("a run that is there already, and settings that have changed") {
        start(fifty, b.folder / "out");
        CHECK(contains(complaint([&] { start(fifty, b.folder / "out"); }), "another run"));
        auto other = fifty;
        other.lr = 1e-2;
        CHECK(contains(complaint([&] { start(other, b.folder / "out", true); }), "'lr'"));
    }
    SUBCASE("a model of another vocabulary") {
        auto sizes = small;
        sizes.vocab_size = 65;
        model_type stranger(sizes, 1);
        CHECK(contains(complaint([&] { trainer<model_type>(stranger, b.data, fifty); }), "vocabulary of 27"));
    }
    SUBCASE("validation shorter than a window: both numbers are named") {
        prepare_text("abc abc abc abc abc abc abc", character_tokens("abc "), b.folder / "short");
        const data_folder data(b.folder / "short");
        auto sizes = small;
        sizes.vocab_size = 4;
        model_type tiny(sizes, 1);
        const auto text = complaint([&] { trainer<model_type>(tiny, data, fifty); });
        CHECK_MESSAGE(contains(text, "17 tokens"), text);
        CHECK_MESSAGE(contains(text, "3 tokens"), text);
    }
    SUBCASE("a truncated checkpoint is passed over for the one before it") {
        auto options = fifty;
        options.eval_every = 20;
        start(options, b.folder / "out");
        const auto uninterrupted = weights_of(model);
        const auto newest = b.folder / "out" / "checkpoint-000050" / "model.safetensors";
        std::filesystem::resize_file(newest, std::filesystem::file_size(newest) / 2);
        model_type again(small, 9);
        trainer<model_type> run(again, b.data, options, b.folder / "out", true);
        run.quiet = true;
        CHECK(run.train().how == outcome::finished);
        CHECK(std::filesystem::file_size(newest) > 1000);
        CHECK(same_bits(weights_of(again), uninterrupted));
    }
}
