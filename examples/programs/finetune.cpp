// finetune: a model folder and your text in, your own copy of the model out. The folder it came from is only read.
//
// All weights learn, or those that --train-only names, or, with --lora-rank, small matrices beside them. What comes out is
// a model folder again; with LoRA the adapter lies in it too.
#include <stepgpt/stepgpt.hpp>

#include "learning_flags.hpp"
#include "model_choice.hpp"
#include "own_data.hpp"
#include "program.hpp"

namespace {

using namespace stepgpt;

struct settings : learning {
    std::filesystem::path model, data, out;
    std::vector<std::string> train_only;
    adapter_settings lora{.rank = 0};
    double dropout = -1, val_fraction = 0.1;
    bool resume = false;
};

void add_flags(CLI::App& app, settings& s) {
    s.options.steps = 200;
    s.options.batch_size = 4;
    s.options.warmup = 20;
    s.options.lr = 1e-4;
    s.options.min_lr = 1e-5;
    s.options.weight_decay = 0.01;
    s.options.eval_every = 50;
    app.add_option("--model", s.model, "model folder to start from; it is never written to")->required();
    app.add_option("--data", s.data, "data folder, made by prepare with the model's tokenizer; or a text; or questions and "
                                     "answers, FILE.jsonl")->required();
    app.add_option("--out", s.out, "folder for your copy, its checkpoints and its report")->required();
    app.add_option("--val-fraction", s.val_fraction, "share of a text or .jsonl that is kept to judge by")->capture_default_str();
    app.add_flag("--resume", s.resume, "continue the run in --out from its newest checkpoint");

    app.option_defaults()->group("What learns (default: all weights)");
    app.add_option("--train-only", s.train_only, "names of weights, * for anything: 'h.11.*,ln_f.*'")->delimiter(',');
    app.add_option("--lora-rank", s.lora.rank, "rank of the matrices that learn beside frozen weights; 0: no LoRA")
        ->capture_default_str();
    app.add_option("--lora-alpha", s.lora.alpha, "they count alpha / rank times")->capture_default_str();
    app.add_option("--lora-dropout", s.lora.dropout, "share of what they read that is dropped in training")->capture_default_str();
    app.add_option("--lora-target", s.lora.targets, "layers that get them: c_attn, c_proj, c_fc, mlp.c_proj ..., all-linear")
        ->delimiter(',')->capture_default_str();
    app.add_option("--dropout", s.dropout, "share of activations dropped in training (default: the model's)");
    add_learning_flags(app, s);
}

// A text or a .jsonl becomes a data folder.
void write_data(const settings& s, const std::filesystem::path& folder, const tokenizer& tokens, std::size_t window) {
    if (!(s.val_fraction > 0 && s.val_fraction < 1))
        throw error({.where = "--val-fraction", .found = std::to_string(s.val_fraction), .wanted = "a share between 0 and 1"});
    if (s.data.extension() == ".jsonl") {
        const auto all = read_instructions(s.data, tokens, window);
        write_instructions(folder, tokens, all, s.val_fraction, s.data.filename().string());
    } else {
        prepare_text(read_text(s.data).text, tokens, folder, s.val_fraction);
    }
}

template <class Model>
void set_dropout(Model& model, double share) {
    model.config.dropout = share;
    check(model.config);
    model.drop.p = share;
    for (auto& layer : model.h) layer.attn.drop_att.p = layer.attn.drop_y.p = layer.mlp.drop.p = share;
}

// What of the model learns, in words, which are kept with it.
template <class Model>
std::string choose(const settings& s, Model& model) {
    if (s.lora.rank > 0) {
        const std::size_t learning = add_lora(model, s.lora, s.options.seed);
        std::string targets;
        for (const auto& t : s.lora.targets) targets += (targets.empty() ? "" : ",") + t;
        return "LoRA rank " + std::to_string(s.lora.rank) + " alpha " + json(s.lora.alpha).dump() + " dropout " +
               json(s.lora.dropout).dump() + " on " + targets + ", " + with_commas(learning) + " numbers";
    }
    if (s.train_only.empty()) return "all weights";
    std::string patterns;
    for (const auto& p : s.train_only) patterns += (patterns.empty() ? "" : ",") + p;
    return patterns + ", " + with_commas(train_only(parameters(model), s.train_only)) + " numbers";
}

// The adapter goes into a folder of its own, and into the weights.
template <class Model>
void keep_adapter(const settings& s, Model& model) {
    adapter_settings about = s.lora;
    about.base = s.model.string();
    std::filesystem::create_directories(s.out);
    save_lora(s.out / "adapter", model, about);
    merge_lora(model);
    const parameters_here merged(typename Model::device{}, parameters(model));
    save_safetensors(s.out / "model.safetensors", sources_of(merged.views()));
    std::printf("adapter   %s, for PEFT; the model beside it holds it already\n", (s.out / "adapter").c_str());
}

template <class Model>
int finetune(settings s) {
    if (s.lora.rank == 0 && s.train_only.empty()) {       // what learns has a gradient and moments: known before any is taken
        gpt_config sizes = load_config(s.model);
        if (s.dropout >= 0) sizes.dropout = s.dropout;
        using device = typename Model::device;
        expect_memory<device>(sizes, s.options.batch_size, sizeof(typename Model::real), available_memory(device{}),
                              s.options.accumulate);
    }
    Model model = load_pretrained<Model>(s.model);
    const tokenizer tokens = load_tokenizer(s.model);
    expect_vocabulary(model, tokens, s.model);
    if (s.dropout >= 0) set_dropout(model, s.dropout);
    s.options.document_end = document_end(s.rows, tokens);
    s.options.learns = choose(s, model);
    std::optional<own_data> written;
    if (!std::filesystem::is_directory(s.data)) {
        if (!s.resume) write_data(s, written.emplace(s.out).path(), tokens, s.options.row_length(model.config));
        s.data = s.out / "data";
    }
    const data_folder data(s.data);
    if (data.text.hash() != tokens.hash())
        throw error({.where = s.data.string(), .found = "ids of another tokenizer than the model's",
                     .wanted = "the tokenizer in " + s.model.string(),
                     .hint = "prepare the text with that tokenizer, or give the text itself to --data"});
    std::printf("learning  %s\n", s.options.learns.c_str());

    trainer<Model> run(model, data, s.options, s.out, s.resume);
    if (written) written->keep();
    run.parent = parent_of(s.model);
    const train_result result = run.train();
    if (result.how == outcome::diverged || result.how == outcome::unsaved) return 3;
    if (result.how == outcome::interrupted) return 128 + result.signal;

    const parameters_here best(typename Model::device{}, parameters(model));               // the best, not the last
    read_weights(safetensors_file(s.out / "model.safetensors"), best.views());
    best.send();
    if (s.lora.rank > 0) keep_adapter(s, model);
    const parameters_here now(typename Model::device{}, parameters(model));
    const auto moved = changes(s.model, now.views());
    write_changes(s.out / "changes.csv", moved);
    std::printf("changed   %s\n", change_text(moved).c_str());
    std::printf("kept      %s; more of this: sample --model %s\n", s.out.c_str(), s.out.c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Make a model your own: teach it your text.", "finetune");
    settings s;
    add_flags(app, s);
    return run_program(app, argc, argv, [&] {
        s.settle();
        if (s.lora.rank > 0 && !s.train_only.empty())
            throw error({.where = "finetune", .found = "--lora-rank and --train-only", .wanted = "one of them"});
        if (std::filesystem::exists(s.out) && std::filesystem::exists(s.model) && std::filesystem::equivalent(s.out, s.model))
            throw error({.where = "--out", .found = "the folder of --model", .wanted = "a folder of its own",
                         .hint = "the model you start from is never written to"});
        return with_model(s.device, s.precision, [&](auto type) { return finetune<typename decltype(type)::type>(s); });
    });
}
