// How a training step grows with the model: its time against T, C and L, beside the number of operations it needs.
//
//     benchmark_growth docs/explanation/growth.svg         prints the figures and draws them
//
// All steps see 2048 tokens. Around L4 C128 T128 (H = C / 32, V = 65) one size varies at a time. The second line of
// each panel is the count of operations (train/cost.hpp), scaled so that it agrees with the measured times on the
// whole: where the lines lie on one another, time grows as the count does.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <stepgpt/core/file.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/report/line_chart.hpp>
#include <stepgpt/train/cost.hpp>

using namespace stepgpt;

namespace {

constexpr std::size_t tokens = 2048;

// Median of a few steps, the first two not counted.
double seconds_of_step(const gpt_config& sizes) {
    gpt<float> model(sizes, 1);
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    const auto all = parameters(model);
    adamw<float> rule({}, all);
    token_ids<> ids;                                           // (B,T)
    resize(ids, {tokens / sizes.block_size, sizes.block_size});
    const random_numbers draw(1, stream::test);
    for (std::size_t i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<token>(draw.below(sizes.vocab_size, i));
    std::vector<double> seconds;
    for (int step = 0; step < 7; ++step) {
        const auto start = std::chrono::steady_clock::now();
        zero_gradients(simd{}, all);
        model.loss(ids, ids, cache, {.training = true});
        model.backward(ids, ids, cache, gradients);
        rule.step(all, 1e-4, clip_scale(gradient_norm(simd{}, all), 1));
        if (step >= 2)
            seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

svg panel(const char* name, const char* meaning, const std::vector<std::size_t>& values,
          std::size_t gpt_config::*member) {
    line_chart::series measured{.name = "measured", .x = {}, .y = {}, .dots = true},
        counted{.name = "operations", .x = {}, .y = {}};
    double ratio = 0;
    for (const std::size_t value : values) {
        gpt_config sizes{.vocab_size = 65, .block_size = 128, .n_layer = 4, .n_head = 4, .n_embd = 128};
        sizes.*member = value;
        sizes.n_head = sizes.n_embd / 32;
        const double seconds = seconds_of_step(sizes), operations = tokens * operations_a_token(sizes);
        measured.x.push_back(static_cast<double>(value));
        measured.y.push_back(1e3 * seconds);
        counted.y.push_back(operations);
        ratio += std::log(1e3 * seconds / operations) / static_cast<double>(values.size());
    }
    counted.x = measured.x;
    for (std::size_t i = 0; i < values.size(); ++i) {
        counted.y[i] *= std::exp(ratio);
        std::printf("%s %5zu  %9.2f ms  operations say %9.2f ms  %+5.1f %%\n", name, values[i], measured.y[i],
                    counted.y[i], 100 * (measured.y[i] / counted.y[i] - 1));
    }
    return line_chart{.title = std::string("A step against ") + meaning,
                      .x_name = meaning,
                      .y_name = "ms a step",
                      .lines = {measured, counted}}
        .draw(400, 300);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::puts("benchmark_growth FILE.svg"), 2;
    const auto T = panel("T", "block size T", {64, 128, 256, 512, 1024, 2048}, &gpt_config::block_size);
    const auto C = panel("C", "width C", {64, 96, 128, 192, 256, 384}, &gpt_config::n_embd);
    const auto L = panel("L", "layers L", {1, 2, 4, 6, 8, 12}, &gpt_config::n_layer);
    svg all(1240, 300, "Time of a training step against its sizes, beside the count of operations");
    double x = 0;
    for (const svg* one : {&T, &C, &L}) {
        all.raw("<svg x='" + decimal(x, 0) + "' width='400' height='300'>" + one->element() + "</svg>\n");
        x += 420;
    }
    write_file(argv[1], svg_file(all));
}
