// GGUF files by hand, most of them wrong in one way.
#include <stepgpt/format/gguf_reader.hpp>

#include <stepgpt/format/gguf.hpp>

#include "../support.hpp"

using namespace stepgpt;
using namespace std::string_literals;

namespace {

template <class T>
std::string le(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}
std::string u32(std::uint32_t value) { return le(value); }
std::string u64(std::uint64_t value) { return le(value); }
std::string text(const std::string& s) { return u64(s.size()) + s; }

std::string head(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    return "GGUF" + u32(version) + u64(tensors) + u64(keys);
}
std::string key(const std::string& name, std::uint32_t type, const std::string& value) {
    return text(name) + u32(type) + value;
}
std::string tensor(const std::string& name, const std::vector<std::uint64_t>& extents, std::uint32_t type,
                   std::uint64_t at) {
    std::string bytes = text(name) + u32(static_cast<std::uint32_t>(extents.size()));
    for (const auto extent : extents) bytes += u64(extent);
    return bytes + u32(type) + u64(at);
}
// With so many bytes of data behind it, at a multiple of 32.
std::string with_data(std::string bytes, std::size_t data) {
    bytes.resize((bytes.size() + 31) / 32 * 32 + data, '\1');
    return bytes;
}

gguf_contents parsed(const std::string& bytes) { return parse_gguf(std::as_bytes(std::span(bytes)), "x.gguf"); }

std::string verdict(const std::string& bytes) {
    try {
        parsed(bytes);
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("keys of every type, and tensors, are found") {
    const auto bytes = with_data(
        head(2, 8) + key("a", 8, text("gpt2")) + key("b", 4, u32(7)) + key("c", 5, le(std::int32_t{-7})) +
            key("d", 6, le(0.5f)) + key("e", 7, "\1") + key("f", 10, u64(1ull << 40)) +
            key("g", 9, u32(8) + u64(2) + text("x") + text("yz")) + key("h", 9, u32(0) + u64(3) + "abc") +
            tensor("t", {3, 2}, 0, 0) + tensor("q", {256}, 12, 32), 64);
    const auto found = parsed(bytes);
    CHECK(found.keys.at("a") == "gpt2");
    CHECK(found.keys.at("b") == 7);
    CHECK(found.keys.at("c") == -7);
    CHECK(found.keys.at("d") == 0.5);
    CHECK(found.keys.at("e") == true);
    CHECK(found.keys.at("f") == 1ull << 40);
    CHECK(found.keys.at("g") == json{"x", "yz"});
    CHECK(found.keys.at("h").empty());                       // a list of bytes is passed over
    REQUIRE(found.tensors.size() == 2);
    CHECK(found.tensors[0].shape == std::vector<std::size_t>{2, 3});
    CHECK(found.tensors[0].offset == bytes.size() - 64);
    CHECK(!found.tensors[1].type);                           // quantised
}

TEST_CASE("what is wrong is refused where it is") {
    struct malformed {
        std::string name;
        std::string bytes;
        const char* reason;
    };
    const auto one_key = [](std::uint32_t type, const std::string& x) { return head(0, 1) + key("k", type, x); };
    const auto one_tensor = [](const std::string& t, std::size_t data) { return with_data(head(1, 0) + t, data); };
    for (const auto& [name, bytes, reason] : std::vector<malformed>{
             {"empty", "", "found something else, wanted a GGUF file"},
             {"another magic", "ggjt" + u32(3), "found something else"},
             {"a zip", "PK\x03\x04" + std::string(40, '\1'), "found a zip archive"},
             {"magic only", "GGUF", "found the end of the file, wanted a number"},
             {"version 1", head(0, 0, 1), "found version 1, wanted 2 or 3"},
             {"big-endian", head(0, 0, 0x03000000), "found version 50331648"},
             {"more tensors than bytes", head(1, 0), "found 1 tensors, wanted at most the 0 that fit"},
             {"tensors without number", head(~0ull, 0), "found 18446744073709551615 tensors"},
             {"more keys than bytes", head(0, 1), "found 1 keys"},
             {"keys without number", head(0, ~0ull), "found 18446744073709551615 keys"},
             {"a key longer than the file", head(0, 1) + u64(60000) + "kkkkkkkkkk", "wanted a text of 60000 bytes"},
             {"a key too long", head(0, 1) + u64(70000) + "kkkkkkkkkk", "found a text of 70000 bytes, wanted at most"},
             {"a key twice", head(0, 2) + key("k", 4, u32(1)) + key("k", 4, u32(2)), "'k': found a key twice"},
             {"value type 13", one_key(13, "1234"), "'k': found the value type 13"},
             {"value cut", one_key(10, "1234"), "found the end of the file"},
             {"text longer than the file", one_key(8, u64(100) + "x"), "wanted a text of 100 bytes"},
             {"text of 2^63 bytes", one_key(8, u64(1ull << 63)), "found a text of 9223372036854775808 bytes"},
             {"list of lists", one_key(9, u32(9) + u64(1)), "'k': found a list of type 9"},
             {"list of type 99", one_key(9, u32(99) + u64(1)), "found a list of type 99"},
             {"list longer than the file", one_key(9, u32(4) + u64(1000)), "found 1000 values in a list"},
             {"list whose size wraps", one_key(9, u32(4) + u64(1ull << 62)), "values in a list, wanted at most the 0"},
             {"list of texts cut", one_key(9, u32(8) + u64(2) + text("x") + u64(9)), "wanted a text of 9 bytes"},
             {"alignment 0", head(0, 1) + key("general.alignment", 4, u32(0)), "'general.alignment': found 0"},
             {"alignment 48", head(0, 1) + key("general.alignment", 4, u32(48)), "found 48, wanted a power of two"},
             {"alignment a text", head(0, 1) + key("general.alignment", 8, text("32")), "found the text"},
             {"tensor twice", with_data(head(2, 0) + tensor("t", {1}, 0, 0) + tensor("t", {1}, 0, 32), 64),
              "'t': found a tensor twice"},
             {"no dimension", one_tensor(tensor("t", {}, 0, 0), 64), "'t': found 0 dimensions, wanted 1 to 4"},
             {"five dimensions", one_tensor(tensor("t", {1, 1, 1, 1, 1}, 0, 0), 64), "found 5 dimensions"},
             {"extents wrap", one_tensor(tensor("t", {1ull << 32, 1ull << 32}, 0, 0), 64), "more than 64 bits"},
             {"bytes wrap", one_tensor(tensor("t", {1ull << 62}, 0, 0), 64), "'t': found a file of"},
             {"offset crooked", one_tensor(tensor("t", {1}, 0, 4), 64), "'t': found offset 4, wanted a multiple of 32"},
             {"offset past the end", one_tensor(tensor("t", {1}, 0, 64), 64), "wanted all its data, shape (1)"},
             {"offset wraps", one_tensor(tensor("t", {1}, 0, ~0ull - 31), 64), "wanted all its data"},
             {"data cut", one_tensor(tensor("t", {5, 4}, 0, 0), 79), "wanted all its data, shape (4, 5)"},
             {"tensor cut", head(1, 0) + tensor("t", {1}, 0, 0).substr(0, 30), "found the end of the file"},
         }) {
        const std::string said = verdict(bytes), what = name;
        CAPTURE(what);
        CAPTURE(said);
        CHECK(said.starts_with("x.gguf, "));
        CHECK(said.find(reason) != std::string::npos);
    }
}

TEST_CASE("a file cut anywhere is refused") {
    const auto bytes = with_data(head(1, 2) + key("a", 8, text("gpt2")) + key("g", 9, u32(8) + u64(1) + text("x")) +
                                     tensor("t", {3, 2}, 0, 0), 24);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        CHECK(verdict(bytes.substr(0, length)) != "accepted");
    }
    CHECK(verdict(bytes) == "accepted");
}

TEST_CASE("what the writer writes, the reader reads") {
    test::temporary_folder folder;
    gguf_writer writer;
    writer.add("name", "x");
    writer.add("list", std::vector<std::string>{"a", "", "b"});
    const float numbers[] = {1, 2, 3, 4, 5, 6};
    writer.add_tensor("t", {3, 2}, dtype::F32, [&](output_file& out) { out.write(numbers, sizeof numbers); });
    writer.save(folder / "f.gguf");
    const gguf_file file(folder / "f.gguf");
    CHECK(file.keys().get<std::string>("name") == "x");
    CHECK(file.keys().get<json>("list") == json{"a", "", "b"});
    double back[6];
    file.read("t", {2, 3}, back);
    CHECK(std::equal(back, back + 6, numbers));
    CHECK_THROWS_WITH_AS(file.read("t", {3, 2}, back), doctest::Contains("shape (2, 3), wanted shape (3, 2)"), error);
    CHECK_THROWS_WITH_AS(file.read("t.weight", {3}, back), doctest::Contains("no tensor of this name"), error);
}
