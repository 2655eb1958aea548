// evaluate: how well a model predicts a validation split, texts, or the right one of several endings; alone, or beside
// another model: what was gained, and what was forgotten.
#include <stepgpt/stepgpt.hpp>

#include "model_choice.hpp"
#include "program.hpp"

namespace {

using namespace stepgpt;

struct settings {
    std::filesystem::path model, against, data, choices;
    std::vector<std::filesystem::path> texts;
    std::string device = "simd", precision = "float", rows = "windows";
    std::size_t batch_size = 16;
    int threads = 0;
};

// What was measured: a name, and numbers that two models can be compared by.
struct measured {
    std::string what;
    evaluation e;
    std::size_t bytes = 0;
};

template <class Model>
measured measure_split(const settings& s, const Model& model, const tokenizer& own) {
    const data_folder data(s.data);
    if (own.hash() != data.text.hash())
        throw error({.where = s.data.string(), .found = "ids of another tokenizer than the model's",
                     .wanted = "the tokenizer in " + s.model.string(), .hint = "prepare the text with that tokenizer"});
    typename Model::cache cache;
    measured m{.what = "val", .e = {}};
    if (data.val_roles) {                        // questions and answers: bytes of the answers
        const std::size_t T = model.config.block_size;
        m.e = evaluate(model, examples(data.val, *data.val_roles, T), s.batch_size, T, cache);
        for (std::size_t i = 0; i < data.val.size(); ++i)
            if ((*data.val_roles)[i] == role::answer) m.bytes += own.bytes(data.val[i]).size();
        return m;
    }
    m.e = evaluate(model, data.val, s.batch_size, cache, document_end(s.rows, data.text));
    const std::size_t first = s.rows == "windows" ? 1 : 0;
    for (std::size_t i = first; i < first + m.e.tokens; ++i) m.bytes += own.bytes(data.val[i]).size();
    return m;
}

template <class Model>
measured measure_text(const settings& s, const Model& model, const tokenizer& own, const std::filesystem::path& path) {
    const auto ids = own.encode(read_text(path).text);
    if (ids.size() < 2)
        throw error({.where = path.string(), .found = std::to_string(ids.size()) + " tokens", .wanted = "at least 2"});
    typename Model::cache cache;
    measured m{.what = path.filename().string(), .e = evaluate_text(model, std::span<const token>(ids), s.batch_size, cache)};
    for (std::size_t i = 1; i < ids.size(); ++i) m.bytes += own.bytes(ids[i]).size();
    return m;
}

void tell(const measured& m) {
    std::printf("%s loss %.4f perplexity %.3f bits_per_byte %.4f tokens %zu\n", m.what.c_str(), m.e.loss, m.e.perplexity(),
                m.e.bits_per_byte(m.bytes), m.e.tokens);
}

// All that the flags ask for, of the model in one folder.
template <class Model>
std::vector<measured> measure(const settings& s, const std::filesystem::path& folder) {
    const auto model = load_pretrained<Model>(folder);
    const tokenizer own = load_tokenizer(folder);
    expect_vocabulary(model, own, folder);
    std::vector<measured> all;
    if (!s.choices.empty()) {
        const auto questions = parse_choices(read_file(s.choices, std::uint64_t{1} << 30), s.choices.string());
        const auto r = answer_choices(model, own, questions);
        const auto share = [&](std::size_t right) { return static_cast<double>(right) / static_cast<double>(r.questions); };
        std::printf("choices accuracy %.4f normalised by length, %.4f by the whole, of %zu questions\n",
                    share(r.right_by_mean), share(r.right_by_sum), r.questions);
    }
    for (const auto& path : s.texts) tell(all.emplace_back(measure_text(s, model, own, path)));
    if (!s.data.empty()) tell(all.emplace_back(measure_split(s, model, own)));
    return all;
}

template <class Model>
int evaluate_models(const settings& s) {
    if (s.against.empty()) {
        measure<Model>(s, s.model);
        return 0;
    }
    std::printf("%s\n", s.against.c_str());
    const auto before = measure<Model>(s, s.against);
    std::printf("%s\n", s.model.c_str());
    const auto now = measure<Model>(s, s.model);
    for (std::size_t i = 0; i < now.size(); ++i) {
        const double was = before[i].e.bits_per_byte(before[i].bytes), is = now[i].e.bits_per_byte(now[i].bytes);
        const char* const verdict = is < was ? "gained   " : is > was ? "forgotten" : "same     ";
        std::printf("%s %s: bits_per_byte %.4f, was %.4f (%+.1f %%)\n", verdict, now[i].what.c_str(), is, was,
                    100 * (is / was - 1));
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Measure a model: on a whole validation split, on texts, on questions with several endings.", "evaluate");
    app.add_option("--model", s.model, "model folder, written by train or finetune, or a published GPT-2")->required();
    app.add_option("--against", s.against, "another model folder, measured on the same: what was gained, what forgotten");
    app.add_option("--data", s.data, "data folder, written by prepare: its validation split, in windows that do not overlap");
    app.add_option("--text", s.texts, "text files: perplexity of each");
    app.add_option("--choices", s.choices, "HellaSwag's FILE.jsonl: share of questions answered rightly");
    app.add_option("--rows", s.rows, "windows: cut anywhere; documents: one a row, ended by a blank line")->capture_default_str();
    app.add_option("--batch-size", s.batch_size, "rows at a time; only memory depends on it")->capture_default_str();
    app.add_option("--device", s.device, device_help)->capture_default_str();
    app.add_option("--precision", s.precision, precision_help)->capture_default_str();
    app.add_option("--threads", s.threads, "0: all cores")->capture_default_str();

    return run_program(app, argc, argv, [&] {
        if (s.threads != 0) set_thread_count(s.threads);
        if (s.batch_size < 1 || s.batch_size > 1'000'000)
            throw error({.where = "--batch-size",
                         .found = std::to_string(static_cast<long long>(s.batch_size)),
                         .wanted = "1 to 1000000"});
        if (s.data.empty() && s.texts.empty() && s.choices.empty())
            throw error({.where = "evaluate", .found = "nothing to measure on", .wanted = "--data, --text or --choices"});
        return with_model(s.device, s.precision, [&](auto type) { return evaluate_models<typename decltype(type)::type>(s); });
    });
}
