#include <stepgpt/format/peft.hpp>

#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/nn/gpt.hpp>

#include "python.hpp"

using namespace stepgpt;
namespace fs = std::filesystem;

namespace {

// The matrices of an adapter in memory.
struct matrices {
    std::map<std::string, std::pair<std::vector<float>, std::vector<float>>> of;
    std::vector<adapter_pair<float>> pairs;

    void add(const std::string& layer, std::size_t in, std::size_t out, std::size_t rank, float value = 0) {
        auto& [A, B] = of[layer];
        A.resize(rank * in);
        B.resize(out * rank);
        for (std::size_t i = 0; i < A.size(); ++i) A[i] = value * std::sin(static_cast<float>(i + 1));
        for (std::size_t i = 0; i < B.size(); ++i) B[i] = value * std::cos(static_cast<float>(3 * i));
        pairs.push_back({layer, in, out, A.data(), B.data()});
    }
};

// W += scale A^T B^T
void merge_adapter(gpt<float>& model, const adapter_settings& s, const matrices& all) {
    for (const auto& p : parameters(model))
        for (const auto& pair : all.pairs)
            if (p.name == pair.layer + ".weight")
                for (std::size_t i = 0; i < pair.in; ++i)
                    for (std::size_t j = 0; j < pair.out; ++j)
                        for (std::size_t r = 0; r < s.rank; ++r)
                            p.value[i * pair.out + j] +=
                                static_cast<float>(s.scale()) * pair.A[r * pair.in + i] * pair.B[j * s.rank + r];
}

std::vector<float> logits_of(const gpt<float>& model, const std::vector<std::int64_t>& ids) {
    token_ids<> inputs;
    resize(inputs, {2, ids.size() / 2});
    std::copy(ids.begin(), ids.end(), inputs.data());
    gpt<float>::cache cache;
    const auto& y = model.forward(inputs, cache);
    return {y.data(), y.data() + y.size()};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double worst = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max<double>(worst, std::abs(a[i] - b[i]));
    return worst;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string verdict(const fs::path& folder) {
    try {
        adapter_file file(folder);
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("an adapter goes out and comes back") {
    test::temporary_folder folder;
    const adapter_settings settings{
        .base = "gpt2", .rank = 2, .alpha = 4, .dropout = 0.1, .targets = {"c_attn", "c_fc"}};
    matrices first, second;
    first.add("h.0.attn.c_attn", 8, 24, 2, 0.5f);
    first.add("h.1.mlp.c_fc", 8, 32, 2, 0.25f);
    save_adapter(folder / "a", settings, first.pairs);

    const adapter_file file(folder / "a");
    CHECK(file.settings().base == "gpt2");
    CHECK(file.settings().rank == 2);
    CHECK(file.settings().scale() == 2);
    CHECK(file.settings().dropout == 0.1);
    CHECK(file.settings().targets == settings.targets);
    for (const auto& [layer, size] : file.layers()) second.add(layer, size.in, size.out, 2);
    file.read(second.pairs);
    CHECK(first.of == second.of);
    CHECK(adapter_settings{.rank = 16, .alpha = 8, .rank_stabilised = true}.scale() == 2);
}

TEST_CASE("adapters that this library has no way to apply, or that fit another base, are refused") {
    test::temporary_folder folder;
    matrices good;
    good.add("h.0.attn.c_attn", 8, 24, 2, 0.5f);
    save_adapter(folder / "a", {.base = "gpt2", .rank = 2}, good.pairs);
    const auto config = read_json(folder / "a" / "adapter_config.json");
    const auto with = [&](const char* key, const json& value) {
        auto changed = config;
        changed[key] = value;
        write_file(folder / "a" / "adapter_config.json", changed.dump());
        return verdict(folder / "a");
    };
    CHECK(with("r", 2) == "accepted");
    CHECK(with("corda_config", nullptr) == "accepted");
    CHECK(has(with("peft_type", "IA3"), "'peft_type': found IA3, wanted LORA"));
    CHECK(has(with("bias", "all"), "'bias': found all, wanted none"));
    CHECK(has(with("use_dora", true), "'use_dora': found true, wanted false\n  -> of PEFT's kinds, only plain"));
    CHECK(has(with("modules_to_save", {"lm_head"}), "'modules_to_save': found [\"lm_head\"], wanted none"));
    CHECK(has(with("rank_pattern", {{"c_attn", 4}}), "'rank_pattern'"));
    CHECK(has(with("r", 3), "lora_A.weight': found (2, 8), wanted (r, in) of rank 3"));
    CHECK(has(with("r", 0), "'r': found 0"));
    CHECK(has(with("r", "2"), "'r': found the text \"2\""));
    CHECK(has(with("r", nullptr), "'r': found null"));
    CHECK(has(with("lora_alpha", 0), "'lora_alpha': found 0.0, wanted a number above 0"));
    CHECK(has(with("lora_dropout", 1.5), "'lora_dropout': found 1.5"));
    CHECK(has(with("target_modules", {1}), "'target_modules': found [1], wanted names"));
    CHECK(with("target_modules", "all-linear") == "accepted");

    const std::vector<float> zeros(64);
    const auto weights = [&](const std::vector<std::string>& names) {
        std::vector<tensor_source> tensors;
        for (const auto& name : names) tensors.emplace_back(name, std::vector{2ul, 8ul}, std::span(zeros).first(16));
        save_safetensors(folder / "a" / "adapter_model.safetensors", tensors);
        return verdict(folder / "a");
    };
    with("r", 2);
    CHECK(has(weights({"base_model.model.h.0.attn.c_attn.lora_A.weight"}), "one of lora_A and lora_B, wanted both"));
    CHECK(has(weights({"base_model.model.wte.lora_embedding_A"}), "found a tensor of unknown meaning"));
    CHECK(has(weights({}), "found no adapter"));

    save_adapter(folder / "a", {.base = "gpt2", .rank = 2}, good.pairs);
    const adapter_file file(folder / "a");
    const auto read = [&](const char* layer, std::size_t in, std::size_t out, int times) {
        matrices other;
        while (times-- > 0) other.add(layer, in, out, 2);
        try {
            file.read(other.pairs);
        } catch (const error& e) {
            return std::string(e.what());
        }
        return std::string("read");
    };
    CHECK(has(read("h.0.attn.c_attn", 12, 36, 1), "found a layer of 8 to 24, wanted 12 to 36\n  -> this"));
    CHECK(has(read("h.5.attn.c_attn", 8, 24, 1), "'h.5.attn.c_attn': found no adapter for this layer"));
    CHECK(has(read("h.0.attn.c_attn", 8, 24, 2), "found 1 layers, wanted 2"));
}

TEST_CASE("PEFT reads our adapter and we read its, with the same logits") {
    test::temporary_folder folder;
    const gpt_config sizes{.vocab_size = 40, .block_size = 10, .n_layer = 2, .n_head = 2, .n_embd = 16};
    gpt<float> base(sizes, 5);
    save_pretrained(folder / "base", base, {{"config.json", config_text(sizes)}});
    std::vector<std::int64_t> ids(20);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i * 7 % 40);

    const adapter_settings settings{.base = "base", .rank = 4, .alpha = 8, .targets = {"c_attn"}};
    matrices ours;
    for (const auto* layer : {"h.0.attn.c_attn", "h.1.attn.c_attn"}) ours.add(layer, 16, 48, 4, 0.3f);
    save_adapter(folder / "adapter", settings, ours.pairs);
    merge_adapter(base, settings, ours);
    const auto logits = logits_of(base, ids);
    save_safetensors(folder / "ours_logits.safetensors",
                     {{"ids", {2, 10}, std::span<const std::int64_t>(ids)},
                      {"logits", {2, 10, 40}, std::span<const float>(logits)}});

    const auto said = test::run_python("torch, transformers, peft", "peft_witness.py", folder.path());
    if (!said) return;
    const auto number = [&](const std::string& what) {
        REQUIRE(has(*said, what));
        return std::atof(said->c_str() + said->find(what) + what.size());
    };
    CHECK(number("ours differs by ") <= 1e-4);
    CHECK(number("adapter changes ") > 0.01);

    const adapter_file file(folder / "theirs");
    CHECK(file.settings().rank == 3);
    CHECK(file.layers().size() == 4);
    matrices theirs;
    for (const auto& [layer, size] : file.layers()) theirs.add(layer, size.in, size.out, 3);
    file.read(theirs.pairs);
    auto model = load_pretrained<gpt<float>>(folder / "base");
    merge_adapter(model, file.settings(), theirs);
    std::vector<float> wanted(logits.size());
    safetensors_file(folder / "theirs_logits.safetensors").read("logits", std::span(wanted));
    CHECK(largest_difference(logits_of(model, ids), wanted) <= 1e-4);
}
