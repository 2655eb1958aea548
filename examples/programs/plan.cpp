// plan: how long and how much memory in, a training worth that time out.
//
// It measures this machine, looks at the data, goes through a ladder of models, and prints what each could learn in the
// time, which one it proposes and why, and the line that trains it.
#include <chrono>
#include <ctime>
#include <span>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/core/machine.hpp>
#include <stepgpt/kernel/matmul.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/train/banner.hpp>
#include <stepgpt/train/plan.hpp>

#include "program.hpp"

namespace {

using namespace stepgpt;

// Multiplications and additions a second of the product that most of training is: (1024,256) times (256,1024).
double measure_matmul() {
    constexpr std::size_t M = 1024, K = 256, N = 1024;
    std::vector<float> a(M * K, 1), b(K * N, 1), c(M * N);
    const double seconds = detail::least_seconds(
        20, [&] { matmul(simd{}, matrix(a.data(), K), matrix(b.data(), N), c.data(), N, M, N, K); });
    return 2.0 * M * N * K / seconds;
}

// What a run does before its first step, done once to see how long it takes and what it holds.
means look_around(const data_folder& data, double minutes, double gigabytes) {
    const auto start = std::chrono::steady_clock::now();
    count_baselines(data);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return {.seconds = 60 * minutes,
            .bytes = 1e9 * gigabytes,
            .start = seconds + 0.2,
            .held = peak_memory(),
            .train_tokens = data.train.size(),
            .validation_tokens = data.val.size(),
            .vocab_size = data.text.vocab_size()};
}

// A machine has fast seconds and slow ones: the longer the run, the longer it is worth looking.
double probe_seconds(double run) { return std::clamp(run / 100, 0.5, 10.0); }

// How much of the processors that its threads could use the program has had since: little, if others use them too.
class share_of_processors {
public:
    double operator()() const {
        const double used = static_cast<double>(std::clock() - processors_) / CLOCKS_PER_SEC;
        return used / std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count() / thread_count();
    }

private:
    std::clock_t processors_ = std::clock();
    std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
};

std::string name_of(const proposal& p) {
    return detail::sentence("%3zu %3zu %5zu %5zu", p.sizes.n_layer, p.sizes.n_head, p.sizes.n_embd, p.sizes.block_size);
}

void print_ladder(const std::vector<proposal>& all, std::size_t best, const means& m) {
    std::printf(
        "\n   L   H     C     T  parameters  MFLOP/token  tokens/s    steps   tokens  epochs  tokens/parameter   "
        "memory  behind by\n");
    for (const auto& p : all)
        std::printf("%s%s %11s %12.1f %9s %8zu %8s %7.1f %17.1f %8s %+10.3f\n", &p == &all[best] ? "*" : " ",
                    name_of(p).c_str(), with_commas(parameter_count(p.sizes)).c_str(),
                    operations_a_token(p.sizes) / 1e6, detail::short_count(p.tokens_a_step() / p.times.step).c_str(),
                    p.options.steps, detail::short_count(p.tokens).c_str(),
                    p.tokens / static_cast<double>(m.train_tokens), p.tokens / p.parameters(),
                    byte_count(p.bytes).c_str(), p.loss - all[best].loss);
}

void print_command(const proposal& p, const data_folder& data) {
    const auto& [c, o] = std::pair(p.sizes, p.options);
    std::printf(
        "\ntrain --data %s --out out/%s-plan --n-layer %zu --n-head %zu --n-embd %zu --block-size %zu --dropout %.2g --init-std "
        "%.2g --batch-size %zu --steps %zu --lr %.2g --min-lr %.2g --warmup %zu --eval-every %zu\n",
        data.path.c_str(), data.path.filename().c_str(), c.n_layer, c.n_head, c.n_embd, c.block_size,
        c.dropout, c.initializer_range, o.batch_size, o.steps, o.lr, o.min_lr, o.warmup, o.eval_every);
}

}   // namespace

int main(int argc, char** argv) {
    std::filesystem::path folder;
    double minutes = 10, gigabytes = 0;
    int threads = 0;
    std::size_t width = 0;

    CLI::App app("Propose a training that fits the time, the memory and the data.", "plan");
    app.add_option("--data", folder, "data folder, made by prepare")->required();
    app.add_option("--minutes", minutes, "how long the training may take")->capture_default_str();
    app.add_option("--memory", gigabytes, "gigabytes that it may hold; 0: three quarters of the machine's")
        ->capture_default_str();
    app.add_option("--n-embd", width, "a width of your own choice; 0: the best of the ladder")->capture_default_str();
    app.add_option("--threads", threads, "0: all cores")->capture_default_str();

    return run_program(app, argc, argv, [&] {
        if (!(minutes > 0 && minutes <= 1e6))
            throw error(
                {.where = "--minutes", .found = std::to_string(minutes), .wanted = "more than 0, at most a million"});
        if (!(gigabytes >= 0 && gigabytes <= 1e6))
            throw error({.where = "--memory", .found = std::to_string(gigabytes), .wanted = "gigabytes, more than 0"});
        if (gigabytes == 0) gigabytes = 0.75 * physical_memory() / 1e9;
        if (threads != 0) set_thread_count(threads);
        const data_folder data(folder);
        const means m = look_around(data, minutes, gigabytes);
        std::span<const std::size_t> widths = plan_widths;
        if (width != 0) {
            widths = {&width, 1};
            check(shape_of_width(width, m));
        }
        const machine limits = measure_machine();
        std::printf(
            "machine   %d threads, %zu floats at a time: at most %.0f GFLOP/s, matrix products %.0f GFLOP/s, memory "
            "%.1f GB/s\n",
            thread_count(), lanes<float>, limits.operations / 1e9, measure_matmul() / 1e9, limits.bytes / 1e9);
        std::printf("data      %s tokens to learn from, %s to be judged by, a vocabulary of %zu\n",
                    with_commas(m.train_tokens).c_str(), with_commas(m.validation_tokens).c_str(), m.vocab_size);
        std::printf("means     %.1f minutes, %s of memory\n", minutes, byte_count(m.bytes).c_str());

        const auto measure = [&](const gpt_config& sizes, const train_options& options) {
            const share_of_processors ours;
            const auto times = probe<gpt<float>>(sizes, options, data.train, probe_seconds(m.seconds));
            std::printf(
                "probe     width %zu, %zu tokens a step: %.1f ms, %.0f %% of what the machine's limits allow\n",
                sizes.n_embd, options.batch_size * sizes.block_size, 1e3 * times.step,
                100 * seconds_at_limit(sizes, static_cast<double>(options.batch_size * sizes.block_size), limits) /
                    times.step);
            if (const double share = ours(); share < 0.7)
                std::printf("          not alone: it had %.0f %% of %d processors; let other programs end, or plan with fewer "
                            "--threads\n", 100 * share, thread_count());
            return times;
        };
        const auto all = propose_all(m, limits, measure, widths);
        const std::size_t best = best_of(all);
        print_ladder(all, best, m);
        const proposal& p = all[best];
        std::printf(
            "\nA step costs 6 operations for each weight and token, and 6 T C a block for causal attention (Kaplan et "
            "al. 2020).\n"
            "behind by: 482 / N^0.348 + 2085 / D^0.366 for N parameters and D tokens (Hoffmann et al. 2022, as fitted by\n"
            "Besiroglu et al. 2024), where tokens seen again count less (Muennighoff et al. 2023), less that of the best.\n"
            "The law was fitted to other text in other tokens: its order is meant, not its size.\n%s\n",
            width != 0 ? "Other widths were not asked for."
            : best == 0 ? "The smallest size is best: more time would make use of a larger one."
            : best + 1 == all.size()
                ? "The largest size that fits is best: more memory would make use of a larger one."
                : "A smaller model would learn too little from as much text, a larger one would see too little.");
        std::printf("\nproposed  width %zu: %s parameters, %zu steps of %.0f tokens, about %s, %s of memory\n",
                    p.sizes.n_embd, with_commas(parameter_count(p.sizes)).c_str(), p.options.steps, p.tokens_a_step(),
                    detail::clock_time(p.seconds).c_str(), byte_count(p.bytes).c_str());
        if (p.sizes.dropout > 0)
            std::printf("dropout   %.2g, since so many parameters would learn by heart what they see %.0f times\n", p.sizes.dropout,
                        p.tokens / static_cast<double>(m.train_tokens));
        print_command(p, data);
        return 0;
    });
}
