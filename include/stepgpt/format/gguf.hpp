// GGUF version 3, the file of llama.cpp (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), written.
//
//     gguf_writer file;
//     file.add("general.architecture", "gpt2");
//     file.add("gpt2.block_count", std::uint32_t{12});
//     file.add_tensor("output_norm.bias", {768}, dtype::F32, [&](output_file& out) { ... });
//     file.save("model.gguf");
//
// Extents go innermost first, the other way round than ours: a (rows, columns) matrix is {columns, rows} here.
// Not here: which keys and tensors a model has (gguf_model.hpp); quantised types; reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/format/dtype.hpp>

namespace stepgpt {

class gguf_writer {
public:
    static constexpr std::size_t alignment = 32;
    using content = std::function<void(output_file&)>;      // writes the bytes of a tensor

    // A key with a value: text, bool, std::uint32_t, std::int32_t or float.
    template <class T>
    void add(std::string_view key, const T& value) {
        put(keys_, key);
        put(keys_, type_of<T>());
        put(keys_, value);
        ++key_count_;
    }

    // A key with a list of such values.
    template <class T>
    void add(std::string_view key, const std::vector<T>& values) {
        put(keys_, key);
        put(keys_, std::uint32_t{9});
        put(keys_, type_of<T>());
        put(keys_, std::uint64_t{values.size()});
        for (const T& value : values) put(keys_, value);
        ++key_count_;
    }

    void add_tensor(std::string_view name, std::vector<std::uint64_t> extents, dtype type, content bytes) {
        put(tensors_, name);
        put(tensors_, static_cast<std::uint32_t>(extents.size()));
        std::uint64_t size = bits_of(type) / 8;
        for (const auto extent : extents) {
            put(tensors_, extent);
            size *= extent;
        }
        put(tensors_, ggml_type(type));
        put(tensors_, data_size_);                           // its offset
        data_.push_back({size, std::move(bytes)});
        data_size_ += padded(size);
    }

    void save(const std::filesystem::path& path) const {
        std::string head = "GGUF";
        put(head, std::uint32_t{3});
        put(head, std::uint64_t{data_.size()});
        put(head, key_count_);
        head += keys_;
        head += tensors_;
        head.resize(padded(head.size()));
        write_file(path, [&](output_file& out) {
            out.write(head);
            for (const auto& [size, bytes] : data_) {
                bytes(out);
                out.write(std::string(padded(size) - size, '\0'));
            }
        });
    }

private:
    static std::size_t padded(std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; }

    template <class T>
    static std::uint32_t type_of() {
        if constexpr (std::is_same_v<T, bool>) return 7;
        else if constexpr (std::is_same_v<T, std::uint32_t>) return 4;
        else if constexpr (std::is_same_v<T, std::int32_t>) return 5;
        else if constexpr (std::is_same_v<T, float>) return 6;
        else {
            static_assert(std::is_convertible_v<T, std::string_view>);
            return 8;
        }
    }

    static std::uint32_t ggml_type(dtype type) {
        if (type == dtype::F32) return 0;
        if (type == dtype::F16) return 1;
        if (type == dtype::BF16) return 30;
        throw error({.where = "GGUF", .found = std::string(name_of(type)), .wanted = "F32, F16 or BF16"});
    }

    template <class T>
    static void put(std::string& to, const T& value) {
        if constexpr (std::is_arithmetic_v<T>) {
            to.append(reinterpret_cast<const char*>(&value), sizeof value);
        } else {
            const std::string_view text = value;
            put(to, std::uint64_t{text.size()});
            to += text;
        }
    }

    struct tensor_data {
        std::uint64_t size;
        content bytes;
    };

    std::string keys_, tensors_;                             // as they lie in the file
    std::uint64_t key_count_ = 0, data_size_ = 0;
    std::vector<tensor_data> data_;
};

}  // namespace stepgpt
