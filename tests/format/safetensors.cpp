#include <stepgpt/format/safetensors.hpp>

#include <cmath>
#include <limits>

#include "python.hpp"

using namespace stepgpt;

namespace {

std::string message(auto&& action) {
    try {
        action();
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class T>
std::vector<T> all_of(const safetensors_file& file, const std::string& name) {
    std::vector<T> values(file.at(name).size);
    file.read(name, std::span(values));
    return values;
}

const std::vector<float> six{0.1f, -0.0f, 1e-45f, std::numeric_limits<float>::infinity(), 3.4e38f, 7};
const std::vector<double> two{1.0 / 3, -2e300};
const std::vector<std::int64_t> steps{1'000'000'000'000};

std::vector<tensor_source> three_tensors() {
    return {{"wte.weight", {2, 3}, std::span(six)}, {"b", {2}, std::span(two)}, {"step", {}, std::span(steps)}};
}

}  // namespace

TEST_CASE("tensors come back bit by bit, with their names, shapes and metadata") {
    test::temporary_folder folder;
    save_safetensors(folder / "m.safetensors", three_tensors(), {{"note", "\"quoted\" and \u00e9"}});
    const safetensors_file file(folder / "m.safetensors");

    REQUIRE(file.tensors().size() == 3);
    CHECK(file.tensors()[0].name == "b");                        // wide types first, then by name
    CHECK(file.tensors()[1].name == "step");
    CHECK(file.tensors()[2].name == "wte.weight");
    CHECK(file.at("wte.weight").shape == std::vector<std::size_t>{2, 3});
    CHECK(file.at("step").shape.empty());
    CHECK(file.metadata().at("format") == "pt");
    CHECK(file.metadata().at("note") == "\"quoted\" and \u00e9");

    const auto back = all_of<float>(file, "wte.weight");
    CHECK(std::memcmp(back.data(), six.data(), sizeof(float) * 6) == 0);
    CHECK(all_of<double>(file, "b") == two);
    CHECK(all_of<std::int64_t>(file, "step") == steps);

    const auto bytes = test::read(folder / "m.safetensors");
    std::uint64_t length;
    std::memcpy(&length, bytes.data(), 8);
    CHECK(length % 8 == 0);
    CHECK(bytes[8] == '{');

    save_safetensors(folder / "n.safetensors", three_tensors(), {{"note", "\"quoted\" and \u00e9"}});
    CHECK(test::read(folder / "n.safetensors") == bytes);        // the same tensors: the same file
}

TEST_CASE("real numbers are read as the type one computes with") {
    test::temporary_folder folder;
    const std::vector<float> values{1, -0.5, 0.1f, 65504, 1e-7f};
    const std::span<const float> from(values);
    save_safetensors(folder / "m", {{"f16", {5}, from, dtype::F16}, {"bf16", {5}, from, dtype::BF16},
                                    {"f32", {5}, from, dtype::F32}, {"f64", {5}, from, dtype::F64}});
    const safetensors_file file(folder / "m");
    CHECK(file.at("bf16").type == dtype::BF16);
    CHECK(file.at("bf16").end - file.at("bf16").begin == 10);
    CHECK(all_of<float>(file, "f32") == values);
    CHECK(all_of<float>(file, "f64") == values);
    CHECK(all_of<double>(file, "f32") == std::vector<double>(values.begin(), values.end()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(all_of<double>(file, "f16")[i] == from_half(to_half(values[i])));
        CHECK(all_of<float>(file, "bf16")[i] == from_bfloat16(to_bfloat16(values[i])));
    }
}

TEST_CASE("long tensors pass through the conversion in pieces") {
    test::temporary_folder folder;
    std::vector<float> values(100'003);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 2048);   // exact in 16 bits
    save_safetensors(folder / "m", {{"x", {values.size()}, std::span<const float>(values), dtype::F16}});
    const safetensors_file file(folder / "m");
    CHECK(all_of<float>(file, "x") == values);
    CHECK(file.verify());
}

TEST_CASE("what does not fit is refused with the tensor's name") {
    test::temporary_folder folder;
    save_safetensors(folder / "m", three_tensors());
    const safetensors_file file(folder / "m");
    std::vector<float> five(5), six_floats(6), one(1);
    std::vector<std::int32_t> integers(1);
    CHECK(has(message([&] { file.read("wte.weigth", std::span(six_floats)); }),
              "'wte.weigth': found TensorNotFound: no tensor of this name\n  -> did you mean 'wte.weight'?"));
    CHECK(has(message([&] { file.read("wte.weight", std::span(five)); }), "InvalidTensorView: 6 elements, wanted 5"));
    CHECK(has(message([&] { file.read("step", std::span(one)); }), "UnsupportedDtype: I64, wanted F64, F32, F16 or"));
    CHECK(has(message([&] { file.read("step", std::span(integers)); }), "UnsupportedDtype: I64, wanted I32"));
    CHECK(file.find("absent") == nullptr);

    CHECK(has(message([&] { tensor_source("x", {2, 2}, std::span(six)); }),
              "'x': found InvalidTensorView: 24 bytes of F32, wanted F32 (2, 2)"));
    CHECK(has(message([&] { tensor_source("x", {1}, std::span(steps), dtype::F32); }), "InvalidTensorView"));
    CHECK(has(message([&] { save_safetensors(folder / "n", {{"\xff", {6}, std::span(six)}}); }), "JsonError"));
    CHECK(!std::filesystem::exists(folder / "n"));
}

TEST_CASE("a file cut anywhere is refused") {
    test::temporary_folder folder;
    save_safetensors(folder / "floats", {{"x", {2, 3}, std::span(six)}, {"y", {2}, std::span(two)}});
    save_safetensors(folder / "mixed", three_tensors(), {{"note", std::string(100, '-')}});
    save_safetensors(folder / "halves", {{"a", {6}, std::span(six), dtype::F16}, {"0", {0}, std::span(six).first(0)}});
    std::size_t cuts = 0;
    for (const auto* name : {"floats", "mixed", "halves"}) {
        CHECK(message([&] { safetensors_file whole(folder / name); }) == "no error");
        for (auto length = std::filesystem::file_size(folder / name); length-- > 0; ++cuts) {
            std::filesystem::resize_file(folder / name, length);
            const auto text = message([&] { safetensors_file cut(folder / name); });
            CAPTURE(length);
            CHECK(text.starts_with((folder / name).string() + ", byte "));
        }
    }
    MESSAGE(cuts, " truncations");
    CHECK(cuts >= 1000);
}

TEST_CASE("a bit that flips after writing is found, and the tensor named") {
    test::temporary_folder folder;
    save_safetensors(folder / "m", three_tensors());
    CHECK(safetensors_file(folder / "m").verify());
    const auto bytes = test::read(folder / "m");
    const auto data = bytes.size() - 24 - 16 - 8;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto put = [&](int byte) {
            std::fstream file(folder / "m", std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(i)).put(static_cast<char>(byte));
        };
        put(bytes[i] ^ 1 << i % 8);
        bool verified = false;
        const auto text = message([&] { verified = safetensors_file(folder / "m").verify(); });
        put(bytes[i]);
        CAPTURE(i);
        CHECK(!verified);
        const char* const tensor = i < data ? "" : i < data + 16 ? "'b'" : i < data + 24 ? "'step'" : "'wte.weight'";
        CHECK(has(text, tensor));
    }
    CHECK(safetensors_file(folder / "m").verify());
}

TEST_CASE("a file without checksums is read, and not called verified") {
    test::temporary_folder folder;
    const std::string header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    const std::uint64_t length = header.size();
    const std::string one("\0\0\x80\x3f", 4);
    test::write(folder / "m", std::string(reinterpret_cast<const char*>(&length), 8) + header + one);
    const safetensors_file file(folder / "m");
    CHECK(all_of<float>(file, "x") == std::vector<float>{1});
    CHECK(!file.verify());
}

TEST_CASE("the safetensors package reads our file, and we read what it writes") {
    test::temporary_folder folder;
    auto tensors = three_tensors();
    tensors.emplace_back("half", std::vector<std::size_t>{3, 2}, std::span(six), dtype::F16);
    tensors.emplace_back("brain", std::vector<std::size_t>{6}, std::span(six), dtype::BF16);
    tensors.emplace_back("none", std::vector<std::size_t>{0, 4}, std::span(six).first(0));
    save_safetensors(folder / "ours.safetensors", tensors, {{"note", "\u00e9"}});
    const auto said = test::run_python("safetensors, numpy", "safetensors_witness.py", folder.path());
    if (!said) return;
    CHECK(has(*said, "format pt\n"));
    CHECK(has(*said, "step I64 [] 0010a5d4e8000000\n"));
    CHECK(has(*said, "wte.weight F32 [2, 3] cdcccc3d0000008001000000"));
    CHECK(has(*said, "none F32 [0, 4] \n"));

    const safetensors_file ours(folder / "ours.safetensors"), theirs(folder / "theirs.safetensors");
    CHECK(has(*said, "brain BF16 [6] cd3d"));
    REQUIRE(theirs.tensors().size() == ours.tensors().size() - 1);      // NumPy has no bfloat16
    for (const auto& entry : theirs.tensors()) {
        CHECK(ours.at(entry.name).type == entry.type);
        CHECK(ours.at(entry.name).shape == entry.shape);
    }
    for (const auto* name : {"wte.weight", "half"}) {
        const auto a = all_of<float>(ours, name), b = all_of<float>(theirs, name);
        CHECK(std::memcmp(a.data(), b.data(), 4 * a.size()) == 0);
    }
}
