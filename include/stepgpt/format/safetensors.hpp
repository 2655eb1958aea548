// Weights in the format the world keeps them in: read by PyTorch, transformers, llama.cpp's converter and ours.
//
//     safetensors_file file("model.safetensors");            // every rule of the format is checked here
//     std::vector<float> wte(file.at("wte.weight").size);
//     file.read("wte.weight", std::span(wte));               // whatever real type the file has
//
//     save_safetensors("model.safetensors", {{"wte.weight", {V, C}, std::span<const float>(wte)}});
//
// Files of ours carry checksums of each tensor and of the header in their metadata ("xxh64:wte.weight", "xxh64"), which
// other readers ignore and verify() compares. Not here: what the names mean (hugging_face.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/core/sort_by.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/safetensors_header.hpp>

namespace stepgpt {

class safetensors_file {
public:
    explicit safetensors_file(const std::filesystem::path& path) : file_(path) {
        std::byte first[16];
        const std::span beginning(first, static_cast<std::size_t>(std::min<std::uint64_t>(16, file_.size())));
        file_.read(0, beginning);
        data_ = 8 + detail::safetensors_header_length(beginning, file_.size(), where());
        header_ = detail::parse_safetensors_header(header_text(), file_.size() - data_, where());
    }

    const std::vector<tensor_entry>& tensors() const { return header_.tensors; }           // as they lie in the file
    const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
    const tensor_entry* find(std::string_view name) const { return header_.find(name); }   // null: no such tensor
    std::string where() const { return file_.path().string(); }

    const tensor_entry& at(std::string_view name) const {
        if (const auto* entry = find(name)) return *entry;
        std::vector<std::string_view> names;
        for (const auto& entry : tensors()) names.push_back(entry.name);
        throw error({.where = where(), .subject = std::string(name), .found = "TensorNotFound: no tensor of this name",
                     .hint = did_you_mean(name, names)});
    }

    // All elements of a tensor. Real types become Real (exactly, if it is not narrower); others must be T itself.
    template <class T>
    void read(std::string_view name, std::span<T> to) const {
        const auto& entry = at(name);
        if (to.size() != entry.size) refuse(entry, "InvalidTensorView: " + std::to_string(entry.size) + " elements",
                                            std::to_string(to.size()));
        if (entry.type == dtype_of<T>()) return file_.read(data_ + entry.begin, std::as_writable_bytes(to));
        if constexpr (std::is_floating_point_v<T>) {
            if (is_real(entry.type)) return read_converted(entry, to);
        }
        refuse(entry, "UnsupportedDtype: " + std::string(name_of(entry.type)),
               std::is_floating_point_v<T> ? "F64, F32, F16 or BF16" : std::string(name_of(dtype_of<T>())));
    }

    // Compares every checksum, and throws where one differs. True: all bytes of the file are covered by one.
    bool verify() const {
        bool all = verify_header();
        std::vector<std::byte> block(1 << 16);
        for (const auto& entry : tensors()) {
            const auto wanted = metadata().find("xxh64:" + entry.name);
            if (wanted == metadata().end()) {
                all = false;
                continue;
            }
            hasher hash;
            for (std::uint64_t at = entry.begin; at < entry.end; at += block.size()) {
                const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), entry.end - at));
                file_.read(data_ + at, part);
                hash.add(part);
            }
            if (hash_text(hash.value()) != wanted->second)
                refuse(entry, "checksum " + hash_text(hash.value()), printable(wanted->second));
        }
        return all;
    }

private:
    std::string header_text() const {
        std::string text(data_ - 8, '\0');
        file_.read(8, std::as_writable_bytes(std::span(text)));
        return text;
    }

    bool verify_header() const {
        static constexpr std::string_view key = "\"xxh64\":\"", zeros = "0000000000000000";
        auto text = header_text();
        const auto mark = text.find(key);
        if (mark == std::string::npos || mark + key.size() + zeros.size() > text.size()) return false;
        const auto wanted = text.substr(mark + key.size(), zeros.size());
        text.replace(mark + key.size(), zeros.size(), zeros);   // it was hashed before its own hash was known
        const auto found = hash_text(hash64(text));
        if (found == wanted) return true;
        throw error({.where = where(), .offset = 8, .subject = "header", .found = "checksum " + found, .wanted = wanted,
                     .hint = "the file was damaged after it was written"});
    }

    template <class Real>
    void read_converted(const tensor_entry& entry, std::span<Real> to) const {
        const std::size_t width = bits_of(entry.type) / 8, step = (1 << 16) / width;
        std::vector<std::byte> block(step * width);
        for (std::size_t at = 0; at < to.size(); at += step) {
            const std::size_t count = std::min(step, to.size() - at);
            file_.read(data_ + entry.begin + at * width, std::span(block).first(count * width));
            decode(entry.type, block.data(), to.data() + at, count);
        }
    }

    [[noreturn]] void refuse(const tensor_entry& entry, std::string found, std::string wanted) const {
        throw error({.where = where(), .offset = data_ + entry.begin, .subject = entry.name, .found = std::move(found),
                     .wanted = std::move(wanted)});
    }

    input_file file_;
    std::uint64_t data_ = 0;
    safetensors_header header_;
};

// A tensor to be written: whose numbers, and as what they are kept.
struct tensor_source {
    template <class T>
    tensor_source(std::string name, std::vector<std::size_t> shape, std::span<const T> values,
                  dtype stored = dtype_of<T>())
        : tensor_source(std::move(name), std::move(shape), std::as_bytes(values), dtype_of<T>(), stored) {}

    // Bytes of any kind, kept as they are.
    tensor_source(std::string name, std::vector<std::size_t> shape, std::span<const std::byte> values, dtype held)
        : tensor_source(std::move(name), std::move(shape), values, held, held) {}

    std::uint64_t bytes() const { return values.size() * bits_of(stored) / bits_of(held); }

    // Calls sink(bytes) with the numbers as they are stored, in pieces.
    template <class Sink>
    void each_piece(Sink&& sink) const {
        if (stored == held) return sink(values);
        const auto convert = [&](auto* from) {
            const std::size_t count = values.size() / sizeof(*from), width = bits_of(stored) / 8, step = 1 << 14;
            std::vector<std::byte> block(step * width);
            for (std::size_t at = 0; at < count; at += step) {
                const std::size_t part = std::min(step, count - at);
                encode(stored, from + at, block.data(), part);
                sink(std::span<const std::byte>(block).first(part * width));
            }
        };
        if (held == dtype::F32) convert(reinterpret_cast<const float*>(values.data()));
        else convert(reinterpret_cast<const double*>(values.data()));
    }

    std::string name;
    std::vector<std::size_t> shape;
    std::span<const std::byte> values;
    dtype held, stored;

private:
    tensor_source(std::string its_name, std::vector<std::size_t> its_shape, std::span<const std::byte> bytes, dtype is,
                  dtype shall_be)
        : name(std::move(its_name)), shape(std::move(its_shape)), values(bytes), held(is), stored(shall_be) {
        std::size_t bits = bits_of(held);
        for (const auto extent : shape) bits *= extent;
        if (bits != 8 * values.size() || (stored != held && !(is_real(stored) && is_real(held))))
            throw error({.where = "safetensors", .subject = name,
                         .found = "InvalidTensorView: " + std::to_string(values.size()) + " bytes of " +
                                  std::string(name_of(held)),
                         .wanted = std::string(name_of(stored)) + " " + shape_text(shape)});
    }
};

// Wide types first, then by name, so that every tensor is aligned; the header is padded so that the data starts at a
// multiple of 8. "format": "pt" is what transformers asks for. Gives the header's checksum, which stands for all bytes.
template <class Output>
std::uint64_t write_safetensors(Output& out, std::vector<tensor_source> tensors,
                                std::map<std::string, std::string> metadata = {}) {
    sort_by(tensors, [](const tensor_source& a, const tensor_source& b) {
        if (bits_of(a.stored) != bits_of(b.stored)) return bits_of(a.stored) > bits_of(b.stored);
        return a.name < b.name;
    });
    const auto quoted = [](const std::string& text) {
        try {
            return json(text).dump();
        } catch (const json::exception&) {
            throw error({.where = "safetensors", .subject = text, .found = "JsonError: a name that is not UTF-8"});
        }
    };
    metadata["format"] = "pt";
    metadata["xxh64"] = std::string(16, '0');
    for (const auto& tensor : tensors) {
        hasher hash;
        tensor.each_piece([&](std::span<const std::byte> bytes) { hash.add(bytes); });
        metadata["xxh64:" + tensor.name] = hash_text(hash.value());
    }
    std::string text = "{\"__metadata__\":{";
    for (const auto& [key, value] : metadata) text += quoted(key) + ":" + quoted(value) + ",";
    text.back() = '}';
    std::uint64_t begin = 0;
    for (const auto& tensor : tensors) {
        text += "," + quoted(tensor.name) + ":{\"dtype\":\"" + std::string(name_of(tensor.stored)) + "\",\"shape\":[";
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) text += (i ? "," : "") + std::to_string(tensor.shape[i]);
        text += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(begin + tensor.bytes()) + "]}";
        begin += tensor.bytes();
    }
    text += "}";
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t hash = hash64(text);
    text.replace(text.find("\"xxh64\":\"") + 9, 16, hash_text(hash));

    const std::uint64_t length = text.size();
    out.write(&length, sizeof length);
    out.write(text);
    for (const auto& tensor : tensors)
        tensor.each_piece([&](std::span<const std::byte> bytes) { out.write(bytes.data(), bytes.size()); });
    return hash;
}

inline void save_safetensors(const std::filesystem::path& path, const std::vector<tensor_source>& tensors,
                             const std::map<std::string, std::string>& metadata = {}) {
    write_file(path, [&](output_file& out) { write_safetensors(out, tensors, metadata); });
}

}  // namespace stepgpt
