#include <stepgpt/format/gguf_model.hpp>

#include <stepgpt/core/random.hpp>
#include <stepgpt/format/safetensors.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/generate/drafts.hpp>
#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/token/bpe_trainer.hpp>

#include "python.hpp"

using namespace stepgpt;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class T>
T at(const std::string& bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

tokenizer characters(const std::string& text) {
    vocabulary pieces;
    for (std::size_t i = 0; i < text.size(); i += decode_utf8(text, i).length)
        pieces.add(std::string_view(text).substr(i, decode_utf8(text, i).length));
    return character_tokenizer(std::move(pieces));
}

}  // namespace

TEST_CASE("names are those of llama.cpp") {
    CHECK(detail::gguf_name("wte.weight") == "token_embd.weight");
    CHECK(detail::gguf_name("wpe.weight") == "position_embd.weight");
    CHECK(detail::gguf_name("h.11.ln_1.bias") == "blk.11.attn_norm.bias");
    CHECK(detail::gguf_name("h.0.attn.c_attn.weight") == "blk.0.attn_qkv.weight");
    CHECK(detail::gguf_name("h.0.attn.c_proj.bias") == "blk.0.attn_output.bias");
    CHECK(detail::gguf_name("h.2.ln_2.weight") == "blk.2.ffn_norm.weight");
    CHECK(detail::gguf_name("h.2.mlp.c_fc.weight") == "blk.2.ffn_up.weight");
    CHECK(detail::gguf_name("h.2.mlp.c_proj.weight") == "blk.2.ffn_down.weight");
    CHECK(detail::gguf_name("ln_f.weight") == "output_norm.weight");
    CHECK(detail::gguf_name("lm_head.weight") == "output.weight");
}

TEST_CASE("a file of two keys and a tensor, byte by byte") {
    test::temporary_folder folder;
    gguf_writer file;
    file.add("a", "xy");
    file.add("b", std::vector<std::int32_t>{1, -1});
    const float numbers[] = {1, 2};
    file.add_tensor("t", {2, 1}, dtype::F32, [&](output_file& out) { out.write(numbers, 8); });
    file.save(folder / "f.gguf");
    const auto bytes = test::read(folder / "f.gguf");
    CHECK(bytes.substr(0, 4) == "GGUF");
    CHECK(at<std::uint32_t>(bytes, 4) == 3);
    CHECK(at<std::uint64_t>(bytes, 8) == 1);              // tensors
    CHECK(at<std::uint64_t>(bytes, 16) == 2);             // keys
    CHECK(at<std::uint64_t>(bytes, 24) == 1);             // "a"
    CHECK(at<std::uint32_t>(bytes, 33) == 8);             // is a text
    CHECK(at<std::uint64_t>(bytes, 37) == 2);
    CHECK(bytes.substr(45, 2) == "xy");
    CHECK(at<std::uint32_t>(bytes, 47 + 9) == 9);         // "b" is a list
    CHECK(at<std::uint32_t>(bytes, 60) == 5);             // of int32
    CHECK(at<std::uint64_t>(bytes, 64) == 2);
    CHECK(at<std::int32_t>(bytes, 76) == -1);
    CHECK(at<std::uint32_t>(bytes, 80 + 9) == 2);         // "t" has two extents
    CHECK(at<std::uint64_t>(bytes, 93) == 2);
    CHECK(at<std::uint32_t>(bytes, 109) == 0);            // F32
    CHECK(at<std::uint64_t>(bytes, 113) == 0);            // at offset 0 of the data,
    CHECK(at<float>(bytes, 128 + 4) == 2);                // which begins at a multiple of 32
    CHECK(bytes.size() == 160);
}

TEST_CASE("a model comes back from a GGUF file, bit by bit or rounded") {
    test::temporary_folder folder;
    for (const bool tied : {true, false}) {
        gpt<float> model({.vocab_size = 256, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 8, .tied = tied}, 9);
        for (const auto stored : {dtype::F32, dtype::F16, dtype::BF16}) {
            save_gguf(folder / "m.gguf", model, byte_tokenizer(), stored);
            auto back = load_gguf<gpt<float>>(folder / "m.gguf");
            CHECK(back.config == model.config);
            const auto a = parameters(model), b = parameters(back);
            const auto kept = [&](const auto& p, float x) {
                if (!p.is_matrix() || p.name == "wpe.weight" || stored == dtype::F32) return x;
                return stored == dtype::F16 ? from_half(to_half(x)) : from_bfloat16(to_bfloat16(x));
            };
            int wrong = 0;
            for (std::size_t i = 0; i < a.size(); ++i)
                for (std::size_t j = 0; j < a[i].size; ++j) wrong += b[i].value[j] != kept(a[i], a[i].value[j]);
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("what llama.cpp cannot have is refused") {
    test::temporary_folder folder;
    gpt<float> model({.vocab_size = 256, .block_size = 4, .n_layer = 1, .n_head = 1, .n_embd = 2});
    const auto message = [&](const tokenizer& t, dtype type) {
        try {
            save_gguf(folder / "m.gguf", model, t, type);
        } catch (const error& e) {
            return std::string(e.what());
        }
        return std::string("written");
    };
    CHECK(message(byte_tokenizer(), dtype::F32) == "written");
    CHECK(has(message(characters("abc"), dtype::F32), "found a tokenizer of 3 tokens, wanted the model's 256"));
    CHECK(has(message(byte_tokenizer(), dtype::F64), "GGUF: found F64, wanted F32, F16 or BF16"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a GGUF file of something else is refused") {
    test::temporary_folder folder;
    gpt<float> model({.vocab_size = 256, .block_size = 4, .n_layer = 1, .n_head = 1, .n_embd = 2});
    const auto verdict = [&] {
        try {
            load_gguf<gpt<float>>(folder / "m.gguf");
        } catch (const error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    const auto saved = [&](const std::string& from, const std::string& to) {       // of the same length
        save_gguf(folder / "m.gguf", model, byte_tokenizer());
        std::string bytes = test::read(folder / "m.gguf");
        bytes.replace(bytes.find(from), from.size(), to);
        test::write(folder / "m.gguf", bytes);
        return verdict();
    };
    CHECK(saved("GGUF", "GGUF") == "accepted");
    CHECK(has(saved("gpt2", "bert"), "'general.architecture': found bert, wanted gpt2"));
    CHECK(has(saved("gpt2.block_count", "gpt2.block_cuont"), "'gpt2.block_count': found no such"));
    CHECK(has(saved("output_norm.bias", "outptu_norm.bias"),
              "'outptu_norm.bias': found a tensor that this model has no place for, wanted those of GPT-2\n  -> did you mean "
              "'output_norm.bias'?"));
    test::write(folder / "m.gguf", "PK\x03\x04 and so on");
    CHECK(has(verdict(), "as torch.save writes"));
    model.ln_f.bias.value.data()[1] = NAN;
    save_gguf(folder / "m.gguf", model, byte_tokenizer());
    CHECK(has(verdict(), "'ln_f.bias': found ln_f.bias: 1 of 2 values not finite, the first at index 1, wanted finite weights"));
}

TEST_CASE("the gguf package finds every key and every tensor right") {
    test::temporary_folder folder;
    const auto bytes = tokenizer(byte_tokenizer());
    auto text = characters("\n abc\u00e9\u00e8\u20ac\u20ad\U0001F600");
    text.add_special("<|endoftext|>");
    gpt<float> model({.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 8}, 4);
    save_safetensors(folder / "model.safetensors", sources_of(parameters(model)));
    save_gguf(folder / "f32.gguf", model, text);
    save_gguf(folder / "f16.gguf", model, text, dtype::F16);
    save_gguf(folder / "bf16.gguf", model, text, dtype::BF16);
    const auto said = test::run_python("gguf, numpy, safetensors", "gguf_witness.py", folder.path());
    if (!said) return;
    for (const std::string line : {
             "f32 differs by 0.000e+00", "f32 general.architecture gpt2\n", "f16 general.file_type 1\n",
             "bf16 general.file_type 32\n", "f32 gpt2.context_length 6\n", "f32 gpt2.embedding_length 8\n",
             "f32 gpt2.block_count 2\n", "f32 gpt2.feed_forward_length 32\n", "f32 gpt2.attention.head_count 2\n",
             "f32 tokenizer.ggml.model gpt2\n", "f32 tokenizer.ggml.eos_token_id 10\n",
             "tokens ['\u010a', '\u0120', 'a', 'b', 'c', '\u00c3\u00a9', '\u00c3\u00a8',",
             "f32 tokenizer.ggml.merges ['\u00c3 \u00a9', '\u00c3 \u00a8', '\u00e2 \u0124', '\u00f0 \u0141', '\u00e2\u0124 \u00ac', "
             "'\u00e2\u0124 \u0143', '\u00f0\u0141 \u013a', '\u00f0\u0141\u013a \u0122']\n",
             "f32 tokenizer.ggml.token_type [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3]\n", "'<|endoftext|>']",
             "f32 blk.1.attn_qkv.weight F32 [8, 24]\n", "f16 blk.1.attn_qkv.weight F16 [8, 24]\n",
             "f16 blk.1.attn_qkv.bias F32 [24]\n", "f16 position_embd.weight F32 [8, 6]\n",
             "bf16 token_embd.weight BF16 [8, 11]\n",
         }) {
        CAPTURE(line);
        CHECK(has(*said, line));
    }
    const auto difference = [&](const std::string& what) {
        return std::atof(said->c_str() + said->find(what) + what.size());
    };
    CHECK(difference("\nf16 differs by ") < 1e-4);
    CHECK(difference("\nbf16 differs by ") < 1e-3);
}

TEST_CASE("llama.cpp writes the same text behind 50 prompts") {
    test::temporary_folder folder;
    bpe_trainer trainer;
    trainer.vocab_size = 300;
    trainer.add("the fox sat by the den, then it ran to the other hill; they'll say that the hill was theirs "
                "\u00e9\u20ac\U0001F600");
    const auto pairs = tokenizer(trainer.train()), letters = characters("\n abcdefghijklmnopt\u00e9\u20ac\U0001F600");
    const std::vector<std::string> parts{"a", "b", "h", "i", "the ", " hill", " ", "\n", "l", "n", "o", "fin", "\u00e9", "\u20ac",
                                         "\U0001F600"};
    for (const auto& [name, tokens] : {std::pair("pairs", pairs), std::pair("letters", letters),
                                       std::pair("bytes", tokenizer(byte_tokenizer()))}) {
        const gpt_config sizes{.vocab_size = tokens.vocab_size(), .block_size = 128, .n_layer = 2, .n_head = 2, .n_embd = 32,
                               .initializer_range = 0.3};
        gpt<float> model(sizes, 6);
        save_gguf(folder / (std::string(name) + ".gguf"), model, tokens);
        json ours{{"prompts", json::array()}, {"written", json::array()}, {"texts", json::array()}};
        for (std::uint32_t n = 0; n < 50; ++n) {
            const random_numbers draw(3, stream::test, n);
            std::string text;
            for (std::uint64_t i = 0; i < 4 + n % 9; ++i) text += parts[draw.below(parts.size(), i)];
            const auto prompt = tokens.encode(text);
            generator<gpt<float>> writer(model, prompt, {.temperature = 0});
            for (int i = 0; i < 24; ++i) writer.next();
            const std::vector<token> all(writer.ids().begin(), writer.ids().end());
            ours["texts"].push_back(tokens.decode(prompt));
            ours["prompts"].push_back(prompt);
            ours["written"].push_back(std::vector(all.begin() + static_cast<std::ptrdiff_t>(prompt.size()), all.end()));
        }
        test::write(folder / (std::string(name) + ".json"), ours.dump());
    }
    const auto said = test::run_python("llama_cpp", "llama_witness.py", folder.path());
    if (!said) return;
    for (const std::string name : {"pairs", "letters", "bytes"}) {
        CAPTURE(*said);
        int same = 0, cut = 0;
        double gap = 1;
        REQUIRE(std::sscanf(said->c_str() + said->find(name), (name + " wrote %d of 50, cut %d, gap %lf").c_str(), &same, &cut, &gap) == 3);
        CHECK(cut == 50);
        CHECK(same >= 48);
        CHECK(gap <= 1e-3);                              // two tokens as likely as each other: its GELU has 11 bits
    }
}
