// Any bytes as a safetensors file: refused with our error, or read, written again and read again to the same.
//
//     clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iinclude
//         tests/fuzz/safetensors.cpp -o fuzz_safetensors
//     ./fuzz_safetensors -max_total_time=30 -timeout=1 -rss_limit_mb=2048 -dict=tests/fuzz/safetensors.dict
#include <stepgpt/format/safetensors.hpp>

#include <cstdlib>

using namespace stepgpt;

namespace {

struct text_output {
    std::string bytes;
    void write(const void* data, std::size_t count) { bytes.append(static_cast<const char*>(data), count); }
    void write(std::string_view text) { bytes += text; }
};

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span file(reinterpret_cast<const std::byte*>(data), size);
    safetensors_header first;
    try {
        first = parse_safetensors(file, "fuzz");
    } catch (const error& e) {
        require(std::string_view(e.what()).size() <= 500);
        return 0;
    }
    const std::size_t start = 8 + detail::load<std::uint64_t>(file.data(), 0);
    std::vector<tensor_source> tensors;
    for (const auto& entry : first.tensors) {
        require(first.find(entry.name)->begin == entry.begin);
        const auto bytes = file.subspan(start + entry.begin, entry.end - entry.begin);
        tensors.emplace_back(entry.name, entry.shape, bytes, entry.type);
    }
    text_output out;
    write_safetensors(out, tensors, first.metadata);

    const auto second = parse_safetensors(std::as_bytes(std::span(out.bytes)), "fuzz");
    require(second.tensors.size() == first.tensors.size());
    for (const auto& entry : first.tensors) {
        const auto* again = second.find(entry.name);
        require(again && again->type == entry.type && again->shape == entry.shape);
        const auto* bytes = out.bytes.data() + out.bytes.size() - second.tensors.back().end + again->begin;
        require(std::memcmp(bytes, file.data() + start + entry.begin, entry.end - entry.begin) == 0);
    }
    return 0;
}
