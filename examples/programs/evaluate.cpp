// evaluate: a model folder and a data folder in, one line out: how well the model predicts the validation split.
#include <stepgpt/stepgpt.hpp>

#include "model_choice.hpp"
#include "program.hpp"

// Bytes of the text that the evaluation's targets stand for: `count` ids from `first` on.
static std::size_t predicted_bytes(const stepgpt::data_folder& data, std::size_t first, std::size_t count) {
    std::size_t bytes = 0;
    for (std::size_t i = first; i < first + count; ++i) bytes += data.text.bytes(data.val[i]).size();
    return bytes;
}

int main(int argc, char** argv) {
    using namespace stepgpt;
    std::filesystem::path folder, data_path;
    std::string device = "simd", precision = "float", rows = "windows";
    std::size_t batch_size = 16;
    int threads = 0;

    CLI::App app("Measure a model on the whole validation split, in windows that do not overlap.", "evaluate");
    app.add_option("--model", folder, "model folder, written by train")->required();
    app.add_option("--data", data_path, "data folder, written by prepare")->required();
    app.add_option("--rows", rows, "windows: cut anywhere; documents: one a row, ended by a blank line")->capture_default_str();
    app.add_option("--batch-size", batch_size, "rows at a time; only memory depends on it")->capture_default_str();
    app.add_option("--device", device, "cpu (plain loops) or simd (fast)")->capture_default_str();
    app.add_option("--precision", precision, "float or double")->capture_default_str();
    app.add_option("--threads", threads, "0: all cores")->capture_default_str();

    return run_program(app, argc, argv, [&] {
        if (threads != 0) set_thread_count(threads);
        if (batch_size < 1 || batch_size > 1'000'000)
            throw error({.where = "--batch-size", .found = std::to_string(static_cast<long long>(batch_size)), .wanted = "1 to 1000000"});
        const data_folder data(data_path);
        return with_model(device, precision, [&](auto type) {
            using Model = typename decltype(type)::type;
            const auto model = load_pretrained<Model>(folder);
            expect_vocabulary(model, data.text, data_path);
            if (const tokenizer own = load_tokenizer(folder); own.hash() != data.text.hash())
                throw error({.where = data_path.string(), .found = "ids of another tokenizer than the model's",
                             .wanted = "the tokenizer in " + folder.string(),
                             .hint = "prepare the text with that tokenizer"});
            typename Model::cache cache;
            const evaluation e = evaluate(model, data.val, batch_size, cache, document_end(rows, data.text));
            std::printf("val loss %.4f perplexity %.3f bits_per_byte %.4f tokens %zu\n", e.loss, e.perplexity(),
                        e.bits_per_byte(predicted_bytes(data, rows == "windows" ? 1 : 0, e.tokens)), e.tokens);
            return 0;
        });
    });
}
