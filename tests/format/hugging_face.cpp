#include <stepgpt/format/hugging_face.hpp>

#include <stepgpt/nn/gpt.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include "python.hpp"

using namespace stepgpt;
namespace fs = std::filesystem;

namespace {

const gpt_config small{.vocab_size = 11, .block_size = 6, .n_layer = 2, .n_head = 2, .n_embd = 8};

tokenizer eleven_characters() {
    vocabulary pieces;
    for (const auto* piece : {"\n", " ", "a", "b", "c", "d", "e", "\u00e9", "\u20ac", "\U0001F600"}) pieces.add(piece);
    tokenizer t = character_tokenizer(std::move(pieces));
    t.add_special("<|endoftext|>");
    return t;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string verdict(const fs::path& folder) {
    try {
        load_pretrained<gpt<float>>(folder);
    } catch (const error& e) {
        return e.about().where + ": " + e.about().subject + ": " + e.about().found + ": " + e.about().hint;
    }
    return "accepted";
}

// The tensors of a model, to be changed and written as somebody else would.
struct tensors {
    explicit tensors(gpt<float>& model) {
        for (const auto& p : parameters(model)) all[p.name] = {p.shape, {p.value, p.value + p.size}};
    }
    std::vector<tensor_source> sources() const {
        std::vector<tensor_source> list;
        for (const auto& [name, t] : all) list.emplace_back(name, t.first, std::span(t.second));
        return list;
    }
    void write(const fs::path& path) const { save_safetensors(path, sources()); }

    std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<float>>> all;
};

template <class A, class B>
bool same_bits(A& a, B& b) {
    const auto left = parameters(a), right = parameters(b);
    for (std::size_t i = 0; i < left.size(); ++i)
        if (std::memcmp(left[i].value, right[i].value, left[i].size * sizeof(*left[i].value)) != 0) return false;
    return left.size() == right.size();
}

}  // namespace

TEST_CASE("a model goes out and comes back bit by bit") {
    test::temporary_folder folder;
    gpt<float> model(small, 3);
    const tokenizer letters = eleven_characters();
    save_pretrained(folder / "model", model, letters);
    CHECK(load_tokenizer(folder / "model").hash() == letters.hash());
    auto back = load_pretrained<gpt<float>>(folder / "model");
    CHECK(back.config == small);
    CHECK(same_bits(model, back));

    save_pretrained(folder / "again", back, letters);
    CHECK(test::read(folder / "again" / "model.safetensors") == test::read(folder / "model" / "model.safetensors"));
    save_pretrained(folder / "model", back, letters);     // in place of the first
    CHECK(verdict(folder / "model") == "accepted");

    auto wide = load_pretrained<gpt<double>>(folder / "model");
    CHECK(wide.embed.wte.value.data()[5] == double{model.embed.wte.value.data()[5]});
    for (const auto type : {dtype::F16, dtype::BF16}) {
        save_pretrained(folder / std::string(name_of(type)), model, letters, type);
        auto narrow = load_pretrained<gpt<float>>(folder / std::string(name_of(type)));
        const float a = model.embed.wte.value.data()[5], b = narrow.embed.wte.value.data()[5];
        CHECK(b == (type == dtype::F16 ? from_half(to_half(a)) : from_bfloat16(to_bfloat16(a))));
    }
}

TEST_CASE("the ways in which others write the same model are read") {
    test::temporary_folder folder;
    gpt<float> model(small, 4);
    tensors plain(model);
    test::write(folder / "config.json", config_text(small));
    const auto path = folder / "model.safetensors";
    const auto expect_same = [&] {
        auto back = load_pretrained<gpt<float>>(folder.path());
        CHECK(same_bits(model, back));
    };

    auto prefixed = plain;
    prefixed.all.clear();
    for (const auto& [name, t] : plain.all) prefixed.all["transformer." + name] = t;
    prefixed.all["lm_head.weight"] = plain.all["wte.weight"];                    // tied, and written all the same
    prefixed.all["transformer.h.0.attn.bias"] = {{1, 1, 6, 6}, std::vector<float>(36, 1)};
    prefixed.all["transformer.h.0.attn.masked_bias"] = {{}, {-1e4f}};
    prefixed.write(path);
    expect_same();

    fs::remove(path);                                                            // in shards
    json map;
    auto first = plain, second = plain;
    first.all.clear(), second.all.clear();
    for (const auto& [name, t] : plain.all) {
        const bool in_first = name < "h.1";
        (in_first ? first : second).all[name] = t;
        map[name] = in_first ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
    }
    first.write(folder / "model-00001-of-00002.safetensors");
    second.write(folder / "model-00002-of-00002.safetensors");
    const auto index = folder / "model.safetensors.index.json";
    test::write(index, json{{"metadata", {{"total_size", 1}}}, {"weight_map", map}}.dump());
    expect_same();

    const auto with = [&](const char* name, const json& shard) {
        auto changed = map;
        if (shard.is_null()) changed.erase(name);
        else changed[name] = shard;
        test::write(index, json{{"weight_map", changed}}.dump());
        return verdict(folder.path());
    };
    CHECK(has(with("wte.weight", "model-00001-of-00002.safetensors"), "wte.weight: no such tensor in model-00001"));
    CHECK(has(with("wte.weight", "model-3.safetensors"), "model-3.safetensors: : No such file"));
    CHECK(has(with("wte.weight", "../secret.safetensors"), "wte.weight: '../secret.safetensors'"));
    CHECK(has(with("wte.weight", "model.bin"), "wte.weight: 'model.bin'"));
    CHECK(has(with("wte.weight", 7), "wte.weight: the number 7"));
    CHECK(has(with("wte.weight", nullptr), "wte.weight: a tensor in model-00002-of-00002.safetensors that"));
    test::write(index, "{}");
    CHECK(has(verdict(folder.path()), "weight_map: no such field"));
}

TEST_CASE("a model with a head of its own goes out and comes back") {
    test::temporary_folder folder;
    auto sizes = small;
    sizes.tied = false;
    gpt<float> model(sizes, 8);
    save_pretrained(folder / "m", model, eleven_characters());
    auto back = load_pretrained<gpt<float>>(folder / "m");
    CHECK(!back.config.tied);
    CHECK(same_bits(model, back));
    test::write(folder / "m" / "config.json", config_text(small));              // says that it is tied
    CHECK(has(verdict(folder / "m"), "lm_head.weight: a head of its own"));
    gpt<float> tied(small, 8);
    tensors(tied).write(folder / "m" / "model.safetensors");
    test::write(folder / "m" / "config.json", config_text(sizes));
    CHECK(has(verdict(folder / "m"), "config.json and the weights are not of the same model"));
}

TEST_CASE("weights that are not this model's are refused, with every difference") {
    test::temporary_folder folder;
    gpt<float> model(small, 5);
    test::write(folder / "config.json", config_text(small));
    const auto with = [&](auto&& change) {
        tensors changed(model);
        change(changed.all);
        changed.write(folder / "model.safetensors");
        return verdict(folder.path());
    };
    CHECK(with([](auto&) {}) == "accepted");
    CHECK(has(with([](auto& t) { t["extra"] = {{1}, {0}}; }), "1 differences from the model: 'extra' too much"));
    CHECK(has(with([](auto& t) {
                  t["h.1.mlp.c_fc.wieght"] = t["h.1.mlp.c_fc.weight"];
                  t.erase("h.1.mlp.c_fc.weight");
              }),
              "no 'h.1.mlp.c_fc.weight' (but 'h.1.mlp.c_fc.wieght')"));
    CHECK(has(with([](auto& t) { t["h.0.attn.c_attn.weight"].first = {24, 8}; }),
              "'h.0.attn.c_attn.weight' (24, 8) instead of (8, 24), transposed"));
    CHECK(has(with([](auto& t) { t["wpe.weight"] = {{7, 8}, std::vector<float>(56)}; }),
              "'wpe.weight' (7, 8) instead of (6, 8)"));
    CHECK(has(with([](auto& t) { t["ln_f.bias"].second[3] = INFINITY; }), "ln_f.bias: 1 of 8 values not finite, the"));
    CHECK(has(with([](auto& t) { t["lm_head.weight"] = {{11, 8}, std::vector<float>(88)}; }), "a head of its own"));
    CHECK(has(with([](auto& t) { t["transformer.wte.weight"] = t["wte.weight"]; }), "with and without the prefix"));
    CHECK(has(with([](auto& t) { t.erase("wte.weight"); }), "config.json and the weights are not of the same model"));

    std::string told;                                   // the owner wants them all the same
    with([](auto& t) { t["ln_f.bias"].second[3] = NAN; });
    auto sick = load_pretrained<gpt<float>>(folder.path(), [&](const std::string& what) { told += what; });
    CHECK(told == "ln_f.bias: 1 of 8 values not finite, the first at index 3");
    CHECK(std::isnan(sick.ln_f.bias.value.data()[3]));
}

TEST_CASE("a configuration that claims more than the weights hold takes no memory") {
    test::temporary_folder folder;
    gpt<float> model(small, 6);
    save_pretrained(folder / "m", model, eleven_characters());
    const gpt_config largest{
        .vocab_size = 10'000'000, .block_size = 1'000'000, .n_layer = 1000, .n_head = 1, .n_embd = 100'000};
    test::write(folder / "m" / "config.json", config_text(largest));
    CHECK(has(verdict(folder / "m"), "config.json and the weights are not of the same model"));
}

TEST_CASE("a folder with something else in it is told apart") {
    test::temporary_folder folder;
    test::write(folder / "config.json", config_text(small));
    CHECK(has(verdict(folder.path()), "no model.safetensors"));
    test::write(folder / "pytorch_model.bin", "PK");
    CHECK(has(verdict(folder.path()), "but pytorch_model.bin: transformers' save_pretrained"));
    test::write(folder / "model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n");
    CHECK(has(verdict(folder.path()), "a git-lfs pointer, not the file it points to: fetch the file"));
}

namespace {

// What the model gives for the ids of a file {"ids": (B,T), "logits": (B,T,V)}: the largest difference to its logits,
// and in how many of the B contexts it would choose another next token.
std::pair<double, std::size_t> compare(gpt<float>& model, const fs::path& path) {
    const safetensors_file file(path);
    const auto& shape = file.at("ids").shape;
    const std::size_t B = shape[0], T = shape[1], V = model.config.vocab_size;
    std::vector<std::int64_t> ids(B * T);
    std::vector<float> wanted(B * T * V);
    file.read("ids", std::span(ids));
    file.read("logits", std::span(wanted));
    token_ids<> inputs;
    resize(inputs, {B, T});
    std::copy(ids.begin(), ids.end(), inputs.data());
    gpt<float>::cache cache;
    const float* const logits = model.forward(inputs, cache).data();
    double worst = 0;
    std::size_t other = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) worst = std::max<double>(worst, std::abs(logits[i] - wanted[i]));
    for (std::size_t b = 0; b < B; ++b) {
        const std::size_t last = (b * T + T - 1) * V;
        const auto best = [&](const float* all) { return std::max_element(all + last, all + last + V) - (all + last); };
        other += best(logits) != best(wanted.data());
    }
    return {worst, other};
}

}  // namespace

TEST_CASE("transformers reads our model and we read its models, with the same logits") {
    test::temporary_folder folder;
    gpt<float> ours({.vocab_size = 11, .block_size = 12, .n_layer = 3, .n_head = 3, .n_embd = 24}, 7);
    save_pretrained(folder / "ours", ours, eleven_characters());
    token_ids<> ids;
    resize(ids, {4, 12});
    for (std::size_t i = 0; i < 48; ++i) ids.data()[i] = static_cast<token>(i * i % 11);
    const std::vector<std::int64_t> wide(ids.data(), ids.data() + 48);
    gpt<float>::cache cache;
    const auto& logits = ours.forward(ids, cache);
    save_safetensors(folder / "ours_logits.safetensors",
                     {{"ids", {4, 12}, std::span(wide)},
                      {"logits", {4, 12, 11}, std::span<const float>(logits.data(), logits.size())}});

    const auto said = test::run_python("torch, transformers, safetensors", "hugging_face_witness.py", folder.path());
    if (!said) return;
    const auto at = said->find("ours ");
    REQUIRE(at != std::string::npos);
    CHECK(std::atof(said->c_str() + at + 5) <= 1e-4);
    CHECK(has(*said, "model.safetensors.index.json"));          // there was something in shards
    CHECK(has(*said, "tokens [2, 3, 1, 9, 8, 0, 10] 'ab \U0001F600\u20ac\\n<|endoftext|>' end 10 10\n"));
    for (const std::string name : {"float32", "float16", "bfloat16", "sharded", "base", "untied"}) {
        CAPTURE(name);
        auto theirs = load_pretrained<gpt<float>>(folder / "theirs" / name);
        const auto [worst, other] = compare(theirs, folder / "theirs" / name / "logits.safetensors");
        MESSAGE(name, ": logits differ by at most ", worst);
        CHECK(worst <= 1e-4);
        CHECK(other == 0);
    }
}
