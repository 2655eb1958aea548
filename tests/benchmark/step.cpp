// One whole training step of a GPT: forward, backward, the gradient's norm, AdamW.
//
//     benchmark_step A|B|C [--threads N] [--seconds S] [--bf16] [--profile]   one line of figures; then where the time went
//     benchmark_step --sizes L,H,C,T,B,V ...                              any other model
//
//   A  L4 H4 C128 T64 B12 V65     B  L6 H6 C384 T256 B16 V65     C  L12 H12 C768 T64 B4 V50257 (GPT-2 124M)
//
// Tokens are random: time does not depend on them. The first two steps (memory, caches) are not counted.
// step_table.py runs this beside PyTorch, in turn.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <stepgpt/core/machine.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/optim/adamw.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/report/profile_table.hpp>

namespace {

using namespace stepgpt;
using clock_type = std::chrono::steady_clock;

struct wish {
    gpt_config sizes;
    std::size_t batch = 0;
    double seconds = 5;
    bool profiled = false;
    std::string name;
};

[[noreturn]] void usage() {
    std::puts("benchmark_step A|B|C | --sizes L,H,C,T,B,V  [--threads N] [--seconds S] [--bf16] [--profile]");
    std::exit(2);
}

void set_sizes(wish& w, const char* text) {
    std::size_t L, H, C, T, B, V;
    if (std::sscanf(text, "%zu,%zu,%zu,%zu,%zu,%zu", &L, &H, &C, &T, &B, &V) != 6) usage();
    w.sizes = {.vocab_size = V, .block_size = T, .n_layer = L, .n_head = H, .n_embd = C};
    w.batch = B;
}

wish read_arguments(int argc, char** argv) {
    wish w;
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        const auto value = [&] { return ++i < argc ? argv[i] : (usage(), ""); };
        if (flag == "A" || flag == "B" || flag == "C") {
            w.name = flag;
            set_sizes(w, flag == "A" ? "4,4,128,64,12,65" : flag == "B" ? "6,6,384,256,16,65" : "12,12,768,64,4,50257");
        } else if (flag == "--sizes") w.name = value(), set_sizes(w, w.name.c_str());
        else if (flag == "--threads") set_thread_count(std::atoi(value()));
        else if (flag == "--seconds") w.seconds = std::atof(value());
        else if (flag == "--bf16") use_bf16_products(true);
        else if (flag == "--profile") w.profiled = true;
        else usage();
    }
    if (w.batch == 0) usage();
    return w;
}

double median(std::vector<double> x) {
    std::sort(x.begin(), x.end());
    return x[x.size() / 2];
}

double processor_seconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double peak_megabytes() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) {
    const wish w = read_arguments(argc, argv);
    const double memory_before = peak_megabytes();
    gpt<float> model(w.sizes);
    gpt<float>::cache cache;
    gpt<float>::gradients gradients;
    const auto all = parameters(model);
    adamw<float> rule({}, all);
    token_ids<> ids, targets;
    resize(ids, {w.batch, w.sizes.block_size});
    resize(targets, {w.batch, w.sizes.block_size});
    const random_numbers draw(1, stream::test);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids.data()[i] = static_cast<token>(draw.below(w.sizes.vocab_size, i));
        targets.data()[i] = static_cast<token>(draw.below(w.sizes.vocab_size, ids.size() + i));
    }
    double loss = 0;
    profile* watched = nullptr;
    const auto step = [&] {
        const profiling until_it_is_done(watched);
        loss = model.loss(ids, targets, cache, {.training = true});
        model.backward(ids, targets, cache, gradients, 1, into::write);
        rule.step(all, 1e-4, clip_scale(gradient_norm(simd{}, all), 1));
    };
    step();
    step();
    std::vector<double> seconds, processor;      // by the clock, and of processor time
    const auto repeat = [&] {
        seconds.clear();
        processor.clear();
        for (double sum = 0; sum < w.seconds || seconds.size() < 3; sum += seconds.back()) {
            const auto began = clock_type::now();
            const double worked = processor_seconds();
            step();
            seconds.push_back(std::chrono::duration<double>(clock_type::now() - began).count());
            processor.push_back(processor_seconds() - worked);
        }
    };
    repeat();
    std::printf("%s threads %d steps %zu median_ms %.3f min_ms %.3f cpu_ms %.3f tokens_s %.0f peak_mb %.0f loss %.6f\n",
                w.name.c_str(), thread_count(), seconds.size(), 1e3 * median(seconds),
                1e3 * *std::min_element(seconds.begin(), seconds.end()), 1e3 * median(processor),
                static_cast<double>(ids.size()) / median(seconds), peak_megabytes() - memory_before, loss);
    if (!w.profiled) return 0;
    const machine peak = measure_machine();
    profile where;
    watched = &where;
    repeat();
    std::fputs(profile_table(where, peak).c_str(), stdout);
}
