// Step 14: out and back. One small model is written in every form that others read, and read again; each time it must give
// the same logits. The files of a Hugging Face folder are shown as they are: a length, a JSON header, numbers.
#include <stepgpt/stepgpt.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace stepgpt;

// The largest difference between the logits of two models on one row of ids.
static double distance(const gpt<float>& a, const gpt<float>& b) {
    token_ids<> ids;                                                  // (1,T)
    resize(ids, {1, a.config.block_size});
    for (std::size_t t = 0; t < ids.size(); ++t) ids.data()[t] = static_cast<token>(t * 7 % a.config.vocab_size);
    gpt<float>::cache one, two;
    const auto& x = a.forward(ids, one);
    const auto& y = b.forward(ids, two);
    double largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) largest = std::max<double>(largest, std::abs(x.data()[i] - y.data()[i]));
    return largest;
}

static bool show(const char* form, const char* reader, double difference, double allowed) {
    std::printf("%-34s %-32s %s\n", form, reader, difference <= allowed ? "same logits" : "OTHER LOGITS");
    return difference <= allowed;
}

int main() {
    const tokenizer tokens = byte_tokenizer();
    gpt<float> model({.vocab_size = 256, .block_size = 16, .n_layer = 2, .n_head = 2, .n_embd = 32}, 5);

    std::puts("model folder");
    save_pretrained("folder", model, tokens);
    for (const char* name : {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"})
        std::printf("  %-24s %ju bytes\n", name, std::filesystem::file_size(std::filesystem::path("folder") / name));

    const safetensors_file file("folder/model.safetensors");
    std::puts("\nmodel.safetensors says, among other things");
    for (const char* name : {"wte.weight", "h.1.attn.c_attn.weight", "ln_f.bias"}) {
        const auto& entry = file.at(name);
        std::printf("  %-24s %s %s, bytes %zu to %zu\n", name, std::string(name_of(entry.type)).c_str(),
                    shape_text(entry.shape).c_str(), static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end));
    }
    std::printf("  every checksum is right: %s\n\n", file.verify() ? "yes" : "no");

    bool right = show("folder, float32", "transformers, PyTorch", distance(model, load_pretrained<gpt<float>>("folder")), 0);

    save_pretrained("half", model, tokens, dtype::F16);               // half the size; 11 bits of each number are kept
    right &= show("folder, float16", "transformers, PyTorch", distance(model, load_pretrained<gpt<float>>("half")), 1e-3);

    save_gguf("model.gguf", model, tokens);                           // weights and tokenizer in one file
    right &= show("model.gguf", "llama.cpp", distance(model, load_gguf<gpt<float>>("model.gguf")), 0);

    save_llmc("model.bin", model);
    right &= show("model.bin", "llm.c", distance(model, load_llmc<gpt<float>>("model.bin")), 0);

    gpt<float> adapted(model.config, 5), base(model.config, 5);
    const adapter_settings settings{.base = "folder", .rank = 2, .alpha = 4, .targets = {"c_attn"}};
    add_lora(adapted, settings, 1);
    for (auto& layer : adapted.h) fill(layer.attn.c_attn.lora.B.value, 0.01f);
    save_lora("adapter", adapted, settings);
    load_lora(base, "adapter");
    right &= show("adapter/", "PEFT", distance(adapted, base), 0);
    right &= distance(adapted, model) > 0;

    std::printf("\nall of them are the same model: %s\n", right ? "yes" : "no");
    return right ? 0 : 1;
}
