#include <stepgpt/format/llmc.hpp>

#include <stepgpt/nn/gpt.hpp>

#include "../support.hpp"

using namespace stepgpt;
namespace fs = std::filesystem;

namespace {

const gpt_config small{.vocab_size = 130, .block_size = 5, .n_layer = 2, .n_head = 2, .n_embd = 4};

std::string verdict(const fs::path& path) {
    try {
        load_llmc<gpt<float>>(path);
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class T>
T at(const std::string& bytes, std::size_t index) {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

}  // namespace

TEST_CASE("the file is laid out as llm.c reads it") {
    test::temporary_folder folder;
    gpt<float> model(small, 1);
    save_llmc(folder / "m.bin", model);
    const auto bytes = test::read(folder / "m.bin");
    const std::int32_t header[] = {20240326, 3, 5, 130, 2, 2, 4, 256, 0};
    for (std::size_t i = 0; i < 9; ++i) CHECK(at<std::int32_t>(bytes, i) == header[i]);

    // fread into consecutive float arrays: wte (256,4), wpe (5,4), ln1w (2,4), ln1b (2,4), qkvw (2,12,4), ...
    const std::size_t wte = 256, wpe = wte + 256 * 4, ln1w = wpe + 5 * 4, qkvw = ln1w + 2 * 2 * 4;
    CHECK(at<float>(bytes, wte + 7) == model.embed.wte.value.data()[7]);
    CHECK(at<float>(bytes, wte + 130 * 4) == 0);                             // padding
    CHECK(at<float>(bytes, wpe) == model.embed.wpe.value.data()[0]);
    CHECK(at<float>(bytes, ln1w + 4) == model.h[1].ln_1.weight.value.data()[0]);
    const auto& c_attn = model.h[1].attn.c_attn.weight.value;                // (4,12)
    CHECK(at<float>(bytes, qkvw + 48 + 5 * 4 + 2) == c_attn(2, 5));          // (out,in) there
    CHECK(bytes.size() == 4 * (256 + parameter_count(small) + 126 * 4));
    CHECK(at<float>(bytes, bytes.size() / 4 - 1) == model.ln_f.bias.value.data()[3]);
}

TEST_CASE("a model comes back, bit by bit or rounded to bfloat16") {
    test::temporary_folder folder;
    gpt<float> model(small, 2);
    for (const auto stored : {dtype::F32, dtype::BF16}) {
        save_llmc(folder / "m.bin", model, stored);
        auto back = load_llmc<gpt<float>>(folder / "m.bin");
        CHECK(back.config == small);
        const auto a = parameters(model), b = parameters(back);
        int wrong = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            for (std::size_t j = 0; j < a[i].size; ++j) {
                const float kept = stored == dtype::F32 ? a[i].value[j] : from_bfloat16(to_bfloat16(a[i].value[j]));
                wrong += b[i].value[j] != kept;
            }
        CHECK(wrong == 0);
    }
    CHECK_THROWS_AS(save_llmc(folder / "m.bin", model, dtype::F16), error);
    gpt<float> untied({.vocab_size = 5, .block_size = 5, .n_layer = 1, .n_head = 1, .n_embd = 4, .tied = false});
    CHECK_THROWS_AS(save_llmc(folder / "m.bin", untied), error);
}

TEST_CASE("damaged and foreign files are refused") {
    test::temporary_folder folder(test::fast_disk());
    gpt<float> model(small, 3);
    save_llmc(folder / "m.bin", model);
    const auto good = test::read(folder / "m.bin");
    const auto with = [&](std::size_t index, std::int32_t value) {
        auto bytes = good;
        std::memcpy(bytes.data() + 4 * index, &value, 4);
        test::write(folder / "x.bin", bytes);
        return verdict(folder / "x.bin");
    };
    CHECK(has(with(0, 20240520), "byte 0: found the number 20240520, wanted llm.c's 20240326"));
    CHECK(has(with(1, 1), "byte 4: found version 1, wanted 3 (float32) or 5 (bfloat16)"));
    CHECK(has(with(1, 5), "bytes, wanted"));
    CHECK(has(with(3, -1), "'vocab_size': found 0"));
    CHECK(has(with(4, 2'000'000'000), "'n_layer': found 2000000000"));
    CHECK(has(with(5, 3), "'n_embd': found 4 channels for 3 heads"));
    CHECK(has(with(6, 99'996), "bytes, wanted"));
    CHECK(has(with(7, 129), "a padded vocabulary of 129, wanted 256"));
    CHECK(has(with(7, 2'000'000'000), "a padded vocabulary of 2000000000"));
    CHECK(has(with(7, -5), "a padded vocabulary of -5"));

    for (std::size_t length = 0; length < good.size(); length += length < 1030 ? 1 : 97) {
        test::write(folder / "x.bin", good.substr(0, length));
        CHECK(verdict(folder / "x.bin") != "accepted");
    }
    test::write(folder / "x.bin", good + "x");
    CHECK(has(verdict(folder / "x.bin"), "cut short, or has something behind"));
    test::write(folder / "x.bin", "PK\x03\x04" + good);
    CHECK(has(verdict(folder / "x.bin"), "found a zip archive, as torch.save writes"));
    model.embed.wpe.value.data()[2] = INFINITY;
    save_llmc(folder / "x.bin", model);
    CHECK(has(verdict(folder / "x.bin"), "'wpe.weight': found wpe.weight: 1 of "));
}
