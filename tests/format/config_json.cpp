#include <stepgpt/format/config_json.hpp>

#include "../support.hpp"

using namespace stepgpt;

namespace {

// The fields of GPT-2 small, with these changed (null: taken away).
std::string verdict(const json& changes) {
    json fields = json::parse(R"({"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 50257,
        "n_positions": 1024, "n_ctx": 1024, "n_layer": 12, "n_head": 12, "n_embd": 768, "layer_norm_epsilon": 1e-05,
        "activation_function": "gelu_new", "resid_pdrop": 0.1, "embd_pdrop": 0.1, "attn_pdrop": 0.1, "use_cache": true,
        "initializer_range": 0.02, "summary_type": "cls_index", "bos_token_id": 50256, "task_specific_params": {}})");
    fields.merge_patch(changes);
    try {
        config_from({fields, "config.json"});
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a configuration goes out and comes back") {
    test::temporary_folder folder;
    const gpt_config config{
        .vocab_size = 65, .block_size = 32, .n_layer = 3, .n_head = 2, .n_embd = 48, .dropout = 0.2, .tied = false};
    write_file(folder / "config.json", config_text(config, dtype::BF16));
    CHECK(load_config(folder.path()) == config);
    const auto fields = read_json(folder / "config.json");
    CHECK(fields.at("architectures").at(0) == "GPT2LMHeadModel");
    CHECK(fields.at("torch_dtype") == "bfloat16");
    CHECK(fields.at("eos_token_id").is_null());
    CHECK(parse_json(config_text(config, dtype::F32, 64), "x").at("eos_token_id") == 64);
}

TEST_CASE("what does not matter is passed over") {
    CHECK(verdict(json::object()) == "accepted");
    CHECK(verdict({{"transformers_version", "9.9"}, {"quite_new", {1, 2}}, {"output_past", false}}) == "accepted");
    CHECK(verdict({{"n_ctx", nullptr}}) == "accepted");
    CHECK(verdict({{"n_positions", nullptr}}) == "accepted");        // then n_ctx says it
    CHECK(verdict({{"resid_pdrop", nullptr}}) == "accepted");
    CHECK(verdict({{"n_inner", 3072}}) == "accepted");
    CHECK(verdict({{"scale_attn_weights", true}}) == "accepted");
}

TEST_CASE("what would be another model, or none, is refused by its name") {
    struct refused {
        json changes;
        const char* reason;
    };
    for (const auto& [changes, reason] : std::initializer_list<refused>{
             {{{"tie_word_embeddings", "yes"}}, "'tie_word_embeddings': found the text"},
             {{{"n_head", nullptr}}, "'n_head': found no such field"},
             {{{"n_heads", 12}}, "'n_heads': found a field of unknown meaning\n  -> did you mean 'n_head'?"},
             {{{"n_layers", 12}}, "did you mean 'n_layer'?"},
             {{{"vocabsize", 12}}, "did you mean 'vocab_size'?"},
             {{{"model_type", "llama"}}, "'model_type': found llama, wanted gpt2"},
             {{{"model_type", nullptr}}, "'model_type': found no such field"},
             {{{"model_type", 2}}, "'model_type': found the number 2, wanted a text"},
             {{{"activation_function", "relu"}}, "'activation_function': found relu, wanted gelu_new"},
             {{{"activation_function", "gelu"}}, "found gelu, wanted gelu_new"},
             {{{"layer_norm_epsilon", 1e-6}}, "'layer_norm_epsilon': found 1e-06, wanted 1e-05"},
             {{{"scale_attn_weights", false}}, "'scale_attn_weights': found false, wanted true"},
             {{{"scale_attn_by_inverse_layer_idx", true}}, "found true, wanted false"},
             {{{"add_cross_attention", true}}, "'add_cross_attention'"},
             {{{"n_inner", 1000}}, "'n_inner': found 1000, wanted 4 n_embd = 3072"},
             {{{"n_layer", 12.0}}, "'n_layer': found the number 12.0, wanted a whole number"},
             {{{"n_layer", "12"}}, "'n_layer': found the text \"12\""},
             {{{"n_layer", -1}}, "'n_layer': found the number -1"},
             {{{"n_layer", 0}}, "config.json, 'n_layer': found 0, wanted 1 to 1000"},
             {{{"n_layer", 1001}}, "'n_layer': found 1001"},
             {{{"n_layer", {12}}}, "'n_layer': found an array"},
             {{{"n_layer", true}}, "'n_layer': found true"},
             {{{"n_head", 7}}, "'n_embd': found 768 channels for 7 heads, wanted a multiple of n_head"},
             {{{"n_head", 0}}, "'n_head': found 0"},
             {{{"n_embd", 0}}, "'n_embd': found 0"},
             {{{"n_embd", 100'001}}, "'n_embd': found 100001"},
             {{{"vocab_size", 0}}, "'vocab_size': found 0"},
             {{{"vocab_size", 18446744073709551615ull}}, "'vocab_size'"},
             {{{"n_positions", 0}}, "'block_size': found 0"},
             {{{"resid_pdrop", 1}}, "'resid_pdrop': found 1.0, wanted 0 <= share < 1"},
             {{{"attn_pdrop", -0.1}}, "'attn_pdrop': found -0.1"},
             {{{"embd_pdrop", "0.1"}}, "'embd_pdrop': found the text"},
         }) {
        const std::string text = verdict(changes), changed = changes.dump();
        CAPTURE(changed);
        CAPTURE(text);
        CHECK(has(text, reason));
        CHECK(text.starts_with("config.json"));
    }
}

TEST_CASE("a folder without a configuration is refused") {
    test::temporary_folder folder;
    const auto message = [&](const std::filesystem::path& path) {
        try {
            load_config(path);
        } catch (const error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    CHECK(has(message(folder / "absent"), "found nothing, wanted a model folder"));
    test::write(folder / "x.safetensors", "");
    CHECK(has(message(folder / "x.safetensors"), "found a file, wanted a model folder"));
    CHECK(has(message(folder / "x.safetensors"), "give the folder that it lies in"));
    CHECK(has(message(folder.path()), "config.json: found No such file or directory"));
    test::write(folder / "x.pt", "PK\x03\x04 and so on");
    CHECK(has(message(folder / "x.pt"), "as torch.save writes, wanted a model folder"));
    CHECK(has(message(folder / "x.pt"), "weights_only=True"));
    test::write(folder / "ckpt.pt", "PK\x03\x04 and so on");
    CHECK(has(message(folder.path()), "found no config.json, but ckpt.pt, wanted a model folder"));
    test::write(folder / "config.json", "{\"n_layer\": 12, \"n_layer\": 13}");
    CHECK(has(message(folder.path()), "config.json, line 1, byte 24, 'n_layer': found a key twice"));
    test::write(folder / "config.json", "<!DOCTYPE html>");
    CHECK(has(message(folder.path()), "wanted JSON"));
}
