// GGUF files (versions 2 and 3) read: their keys, and their tensors of unquantised types.
//
//     const gguf_file file("model.gguf");
//     file.keys().get<std::size_t>("gpt2.block_count");
//     file.read("output_norm.bias", {768}, bias.data());
//
// Every count, length and offset is compared with the bytes that are there before it is believed. Shapes are turned to
// our order, outermost first. Of lists, those of texts and of 32-bit numbers are kept; others are passed over.
// Not here: which keys and tensors a model has (gguf_model.hpp); quantised tensors, which are listed, but not read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/core/nearest.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/foreign.hpp>

namespace stepgpt {

struct gguf_tensor {
    std::string name;
    std::optional<dtype> type;             // none: a quantised one
    std::vector<std::size_t> shape;
    std::uint64_t offset = 0;              // in the file
    std::size_t size = 0;                  // elements
};

struct gguf_contents {
    json keys = json::object();
    std::vector<gguf_tensor> tensors;
};

namespace detail {

// Takes one thing after the other from the bytes of a file.
class gguf_cursor {
public:
    gguf_cursor(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    std::uint64_t left() const { return bytes_.size() - at_; }
    std::uint64_t at() const { return at_; }

    template <class T>
    T number() {
        expect(sizeof(T), "a number");
        at_ += sizeof(T);
        return load<T>(bytes_.data() + at_ - sizeof(T), 0);
    }

    std::string text(std::uint64_t longest) {
        const auto length = number<std::uint64_t>();
        const auto what = "a text of " + std::to_string(length) + " bytes";
        if (length > longest) fail(what, "at most " + std::to_string(longest));
        expect(length, what);
        at_ += length;
        return {reinterpret_cast<const char*>(bytes_.data()) + at_ - length, length};
    }

    // So many things that take at least `each` bytes.
    std::uint64_t count(const char* things, std::uint64_t each) {
        const auto n = number<std::uint64_t>();
        const auto fit = left() / each;
        if (n > fit) fail(std::to_string(n) + " " + things, "at most the " + std::to_string(fit) + " that fit");
        return n;
    }

    void skip(std::uint64_t bytes) {
        expect(bytes, "values");
        at_ += bytes;
    }

    [[noreturn]] void fail(std::string found, std::string wanted, std::string subject = {},
                           std::string hint = {}) const {
        throw error({.where = where_, .offset = at_, .subject = std::move(subject), .found = std::move(found),
                     .wanted = std::move(wanted), .hint = std::move(hint)});
    }

private:
    void expect(std::uint64_t bytes, const std::string& what) const {
        if (bytes > left()) fail("the end of the file", what, "", "the file is cut short: copy or download it again");
    }

    std::span<const std::byte> bytes_;
    const std::string& where_;
    std::uint64_t at_ = 0;
};

inline json gguf_value(gguf_cursor& in, std::uint32_t type, const std::string& key) {
    static constexpr std::uint64_t widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 0, 8, 8, 8};   // at least, of each type
    switch (type) {
        case 0: return in.number<std::uint8_t>();
        case 1: return in.number<std::int8_t>();
        case 2: return in.number<std::uint16_t>();
        case 3: return in.number<std::int16_t>();
        case 4: return in.number<std::uint32_t>();
        case 5: return in.number<std::int32_t>();
        case 6: return in.number<float>();
        case 7: return in.number<std::uint8_t>() != 0;
        case 8: return in.text(std::uint64_t{1} << 30);
        case 9: break;
        case 10: return in.number<std::uint64_t>();
        case 11: return in.number<std::int64_t>();
        case 12: return in.number<double>();
        default: in.fail("the value type " + std::to_string(type), "0 to 12", key);
    }
    const auto of = in.number<std::uint32_t>();
    if (of == 9 || of > 12) in.fail("a list of type " + std::to_string(of), "a list of texts or numbers", key);
    const auto count = in.count("values in a list", widths[of]);
    json list = json::array();
    if (of != 8 && widths[of] != 4) in.skip(count * widths[of]);
    else for (std::uint64_t i = 0; i < count; ++i) list.push_back(gguf_value(in, of, key));
    return list;
}

inline std::optional<dtype> dtype_of_ggml(std::uint32_t type) {
    if (type == 0) return dtype::F32;
    if (type == 1) return dtype::F16;
    if (type == 28) return dtype::F64;
    if (type == 30) return dtype::BF16;
    return std::nullopt;
}

}  // namespace detail

inline gguf_contents parse_gguf(std::span<const std::byte> bytes, const std::string& where) {
    detail::gguf_cursor in(bytes, where);
    const auto first = bytes.first(std::min<std::size_t>(16, bytes.size()));
    const std::string_view beginning(reinterpret_cast<const char*>(first.data()), first.size());
    if (!beginning.starts_with("GGUF")) {
        const auto* const foreign = foreign_kind_of(beginning);
        in.fail(foreign ? std::string(foreign->name) : "something else", "a GGUF file", "",
                foreign ? std::string(foreign->hint) : "");
    }
    in.skip(4);
    if (const auto version = in.number<std::uint32_t>(); version != 2 && version != 3)
        in.fail("version " + std::to_string(version), "2 or 3", "", "big-endian files and version 1 are not read");
    const auto tensors = in.count("tensors", 24), keys = in.count("keys", 13);

    gguf_contents found;
    for (std::uint64_t i = 0; i < keys; ++i) {
        const auto key = in.text(65535);
        if (found.keys.contains(key)) in.fail("a key twice", "once", key);
        const auto type = in.number<std::uint32_t>();
        found.keys[key] = detail::gguf_value(in, type, key);
    }
    const auto alignment = json_fields(found.keys, where).get<std::uint64_t>("general.alignment", 32);
    if (alignment < 8 || alignment > 1 << 20 || (alignment & (alignment - 1)) != 0)
        in.fail(std::to_string(alignment), "a power of two from 8 to 1048576", "general.alignment");

    std::set<std::string> names;
    for (std::uint64_t i = 0; i < tensors; ++i) {
        gguf_tensor t;
        t.name = in.text(1024);
        if (!names.insert(t.name).second) in.fail("a tensor twice", "once", t.name);
        const auto rank = in.number<std::uint32_t>();
        if (rank < 1 || rank > 4) in.fail(std::to_string(rank) + " dimensions", "1 to 4", t.name);
        std::uint64_t size = 1;
        for (std::uint32_t d = 0; d < rank; ++d) {
            t.shape.insert(t.shape.begin(), in.number<std::uint64_t>());
            if (__builtin_mul_overflow(size, std::uint64_t{t.shape.front()}, &size))
                in.fail("shape " + shape_text(t.shape) + ", more than 64 bits can count", "less", t.name);
        }
        t.size = size;
        t.type = detail::dtype_of_ggml(in.number<std::uint32_t>());
        t.offset = in.number<std::uint64_t>();
        if (t.offset % alignment != 0)
            in.fail("offset " + std::to_string(t.offset), "a multiple of " + std::to_string(alignment), t.name);
        found.tensors.push_back(std::move(t));
    }

    const std::uint64_t start = (in.at() + alignment - 1) / alignment * alignment;
    for (auto& t : found.tensors) {
        std::uint64_t end = t.type ? bits_of(*t.type) / 8 : 0;
        const bool overflow = __builtin_mul_overflow(end, std::uint64_t{t.size}, &end) ||
                              __builtin_add_overflow(end, t.offset, &end) || __builtin_add_overflow(end, start, &end);
        if (overflow || end > bytes.size())
            in.fail("a file of " + std::to_string(bytes.size()) + " bytes",
                    "all its data, shape " + shape_text(t.shape), t.name, "the file is cut short: copy or download it again");
        t.offset += start;
    }
    return found;
}

class gguf_file {
public:
    explicit gguf_file(const std::filesystem::path& path)
        : map_(path), contents_(parse_gguf(map_.bytes(), path.string())), keys_(contents_.keys, path.string()) {}

    const json_fields& keys() const { return keys_; }
    const std::vector<gguf_tensor>& tensors() const { return contents_.tensors; }
    std::string where() const { return map_.path().string(); }

    // Null if there is none of this name.
    const gguf_tensor* find(std::string_view name) const {
        const auto& all = tensors();
        const auto at = std::find_if(all.begin(), all.end(), [&](const auto& t) { return t.name == name; });
        return at == all.end() ? nullptr : &*at;
    }

    // A tensor of this shape, as Real.
    template <class Real>
    void read(const std::string& name, const std::vector<std::size_t>& shape, Real* to) const {
        const auto* const t = find(name);
        const auto fail = [&](std::string found, std::string wanted, std::string hint = {}) {
            throw error({.where = where(), .subject = name, .found = std::move(found), .wanted = std::move(wanted),
                         .hint = std::move(hint)});
        };
        if (!t) {
            std::vector<std::string_view> names;
            for (const auto& each : tensors()) names.push_back(each.name);
            fail("no tensor of this name", "one", did_you_mean(name, names));
        }
        if (!t->type) fail("quantised weights", "F32, F16, BF16 or F64", "convert the original with --outtype f16");
        if (t->shape != shape) fail("shape " + shape_text(t->shape), "shape " + shape_text(shape));
        map_.check();
        decode(*t->type, map_.bytes().data() + t->offset, to, t->size);
    }

private:
    mapped_file map_;
    gguf_contents contents_;
    json_fields keys_;
};

}  // namespace stepgpt
