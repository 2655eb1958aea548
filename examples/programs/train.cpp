// train: a data folder in, a trained model out.
//
// Without --data it writes and learns tales, short stories of a little language whose every probability is known.
#include <stepgpt/report/profile_table.hpp>
#include <stepgpt/stepgpt.hpp>

#include "learning_flags.hpp"
#include "model_choice.hpp"
#include "own_data.hpp"
#include "program.hpp"
#include "tales_run.hpp"

namespace {

using namespace stepgpt;

struct settings : learning {
    std::filesystem::path data, out, init_from;
    gpt_config sizes;
    bool resume = false, tales = false, profiled = false;
};

void add_flags(CLI::App& app, settings& s) {
    const auto size = [&](const std::string& flag, std::size_t& value, const std::string& what) {
        app.add_option(flag, value, what)->capture_default_str();
    };
    const auto number = [&](const std::string& flag, double& value, const std::string& what) {
        app.add_option(flag, value, what)->capture_default_str();
    };
    app.add_option("--data", s.data, "data folder, made by prepare; without it: tales");
    app.add_option("--out", s.out, "folder for the model, its checkpoints and its report");
    app.add_option("--init-from", s.init_from, "model folder to start from, instead of random weights");
    app.add_flag("--resume", s.resume, "continue the run in --out from its newest checkpoint");

    app.option_defaults()->group("Model");
    size("--n-layer", s.sizes.n_layer, "blocks");
    size("--n-head", s.sizes.n_head, "attention heads a block");
    size("--n-embd", s.sizes.n_embd, "width of the residual stream, a multiple of n-head");
    size("--block-size", s.sizes.block_size, "tokens that the model sees at once");
    number("--dropout", s.sizes.dropout, "share of activations dropped in training");
    number("--init-std", s.sizes.initializer_range, "standard deviation of the first weights");

    add_learning_flags(app, s);
    app.add_flag("--profile", s.profiled, "tell where the time of a step went, beside this machine's limits");
}

// Train, then say how it went. `written`: data that were written for this run, if any.
template <class Model>
int train_model(const settings& s, const data_folder& data, std::optional<own_data>& written) {
    gpt_config sizes = s.sizes;
    sizes.vocab_size = data.text.vocab_size();
    const auto floor = known_floor(data);
    check(sizes);
    using device = typename Model::device;
    expect_memory<device>(sizes, s.options.batch_size, sizeof(typename Model::real), available_memory(device{}),
                          s.options.accumulate);
    Model model = s.init_from.empty() ? Model(sizes, s.options.seed) : load_pretrained<Model>(s.init_from);
    trainer<Model> run(model, data, s.options, s.out, s.resume);
    if (written) written->keep();
    if (floor) run.references.push_back({"floor", *floor});
    if (!s.init_from.empty()) run.parent = parent_of(s.init_from);
    profile where;
    if (s.profiled) run.where = &where;
    const train_result result = run.train();
    if (where.blocks() > 0) std::fputs(profile_table(where, measure_machine()).c_str(), stdout);
    if (result.how == outcome::diverged || result.how == outcome::unsaved) return 3;
    if (result.how == outcome::interrupted) return 128 + result.signal;

    if (floor) std::printf("loss      %.4f, %.1f %% above the floor\n", result.best_loss, 100 * (result.best_loss / *floor - 1));
    if (s.tales) judge_stories(model, data.text, 100);
    else std::printf("\n%s\n\n", generate(model, data.text, "\n", 200, {.temperature = 0.8}).c_str());
    std::printf("kept      %s; more of this: sample --model %s\n", s.out.c_str(), s.out.c_str());
    return 0;
}

// Nothing said: tales, at sizes that two cores learn in about a minute.
constexpr std::pair<const char*, const char*> flags_of_tales[] = {
    {"--rows", "documents"},
    {"--n-layer", "2"},            // one head that looks back is enough to copy a name
    {"--block-size", "96"},        // the longest tale
    {"--init-std", "0.06"},
    {"--batch-size", "16"},
    {"--steps", "1200"},
    {"--eval-every", "300"},
    {"--lr", "0.003"},             // at 0.006 it learns words sooner, and whose they are later
    {"--beta2", "0.95"},
    {"--weight-decay", "0.02"}};

std::string about_tales() {
    std::string text = "Without --data the text is tales, and what is not said is";
    for (const auto& [flag, value] : flags_of_tales) text += std::string(" ") + flag + " " + value;
    return text + ".";
}

void choose_tales(CLI::App& app, settings& s) {
    s.tales = true;
    if (s.out.empty()) s.out = unused_folder("out/tales");
    for (const auto& [flag, value] : flags_of_tales)
        if (CLI::Option* const option = app.get_option(flag); option->count() == 0) {
            option->add_result(value);
            option->run_callback();
        }
    s.data = s.out / "data";
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Train a GPT on a data folder, or, without --data, on tales.", "train");
    settings s;
    add_flags(app, s);
    app.footer(about_tales());
    return run_program(app, argc, argv, [&] {
        s.settle();
        if (s.data.empty()) choose_tales(app, s);
        if (s.out.empty())
            throw error({.where = "train", .found = "no --out", .wanted = "a folder for the model", .hint = "--out out/my-model"});
        std::optional<own_data> written;
        if (s.tales && !s.resume) write_tales(written.emplace(s.out).path(), 40'000, s.options.seed);
        const data_folder data(s.data);
        s.options.document_end = document_end(s.rows, data.text);
        return with_model(s.device, s.precision,
                          [&](auto type) { return train_model<typename decltype(type)::type>(s, data, written); });
    });
}
