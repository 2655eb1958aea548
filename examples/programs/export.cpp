// export: a model folder in; out comes the model in another form, for other programs.
#include <stepgpt/stepgpt.hpp>

#include "model_choice.hpp"
#include "program.hpp"

namespace {

using namespace stepgpt;

dtype dtype_of_name(const std::string& name) {
    if (name == "float32") return dtype::F32;
    if (name == "float16") return dtype::F16;
    if (name == "bfloat16") return dtype::BF16;
    throw error({.where = "--dtype", .found = "'" + name + "'", .wanted = "float32, float16 or bfloat16"});
}

}  // namespace

int main(int argc, char** argv) {
    std::filesystem::path folder, adapter, out;
    std::string to, type = "float32";

    CLI::App app("Write a model for other programs: transformers (hf), llama.cpp (gguf), llm.c (llmc).", "export");
    app.add_option("--model", folder, "model folder, written by train or finetune, or a published GPT-2")->required();
    app.add_option("--adapter", adapter, "LoRA adapter folder, ours or PEFT's, to be made part of the weights");
    app.add_option("--to", to, "hf: a folder; gguf: a file with the tokenizer in it; llmc: a file of weights")->required();
    app.add_option("--out", out, "the folder or file to write")->required();
    app.add_option("--dtype", type, "float32, float16 or bfloat16: how matrices are stored")->capture_default_str();

    return run_program(app, argc, argv, [&] {
        const dtype stored = dtype_of_name(type);
        if (to != "hf" && to != "gguf" && to != "llmc")
            throw error({.where = "--to", .found = "'" + to + "'", .wanted = "hf, gguf or llmc"});
        if (std::filesystem::exists(out) && std::filesystem::equivalent(out, folder))
            throw error({.where = "--out", .found = "the folder of --model", .wanted = "another one",
                         .hint = "a model is never written over"});
        auto model = load_pretrained<gpt<float>>(folder);
        if (!adapter.empty()) {
            load_lora(model, adapter);
            merge_lora(model);
        }
        if (to == "llmc") {
            if (stored == dtype::F16)
                throw error({.where = "--dtype", .found = "float16", .wanted = "float32 or bfloat16: llm.c has no other"});
            save_llmc(out, model, stored);
        } else {
            const tokenizer tokens = load_tokenizer(folder);
            expect_vocabulary(model, tokens, folder);
            if (to == "hf") save_pretrained(out, model, tokens, stored);
            else save_gguf(out, model, tokens, stored);
        }
        std::printf("wrote     %s\n", out.c_str());
        return 0;
    });
}
