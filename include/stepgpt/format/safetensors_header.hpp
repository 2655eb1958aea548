// What a safetensors file says about itself, believed only after every rule of the format has been checked.
//
//     8 bytes      N, little-endian
//     N bytes      {"wte.weight": {"dtype": "F32", "shape": [50257, 768], "data_offsets": [0, 154389504]}, ...}
//     the rest     the numbers, row-major; offsets count from here
//
// The format and the names of its errors: https://github.com/huggingface/safetensors (safetensors/src/tensor.rs). Ours
// add the file, the byte and the tensor, and five kinds: DuplicateKey, UnknownField, MetadataNotString, RankLimit (8
// dimensions) and ForeignFormat. Nothing is allocated for what a tensor claims to hold, only for what is said of it.
// Not here: the numbers (safetensors.hpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/sort_by.hpp>
#include <stepgpt/format/dtype.hpp>
#include <stepgpt/format/foreign.hpp>

namespace stepgpt {

struct tensor_entry {
    std::string name;
    dtype type = dtype::F32;
    std::vector<std::size_t> shape;
    std::uint64_t begin = 0, end = 0;      // of its bytes, from the start of the data
    std::size_t size = 0;                  // elements
};

struct safetensors_header {
    std::vector<tensor_entry> tensors;     // in the order of their data
    std::vector<std::size_t> by_name;      // their numbers, in the order of their names
    std::map<std::string, std::string> metadata;

    // Null if there is none of this name.
    const tensor_entry* find(std::string_view name) const {
        const auto before = [&](std::size_t i, std::string_view wanted) { return tensors[i].name < wanted; };
        const auto at = std::lower_bound(by_name.begin(), by_name.end(), name, before);
        return at != by_name.end() && tensors[*at].name == name ? &tensors[*at] : nullptr;
    }
};

namespace detail {

inline constexpr std::size_t safetensors_rank_limit = 8;
inline constexpr std::uint64_t safetensors_header_limit = 100'000'000;

// Takes the header's keys and values as they pass and makes entries of them.
class safetensors_events final : public json_events {
public:
    explicit safetensors_events(json_source& source) : json_events(source) {}

    safetensors_header header;

    bool start_object(std::size_t) override {
        if (at_ == place::outside) at_ = place::root;
        else if (at_ == place::root) at_ = key_ == "__metadata__" ? place::metadata : place::entry;
        else return refuse("an object");
        return true;
    }

    bool key(std::string& key) override {
        if (at_ == place::root) {
            if (key == "__metadata__" && std::exchange(metadata_seen_, true)) fail("DuplicateKey", key + " twice");
            entry_ = {};
            entry_.name = key;
            seen_ = 0;
        }
        if (at_ == place::metadata && header.metadata.contains(key))
            fail("DuplicateKey", "metadata '" + key + "' twice");
        if (at_ == place::entry) {
            const unsigned field = key == "dtype" ? 1 : key == "shape" ? 2 : key == "data_offsets" ? 4 : 0;
            if (field == 0) fail("UnknownField", "'" + key + "'");
            if (seen_ & field) fail("DuplicateKey", "'" + key + "' twice");
            seen_ |= field;
        }
        key_ = std::move(key);
        return true;
    }

    bool string(std::string& text) override {
        if (at_ == place::metadata) {
            header.metadata.emplace(key_, std::move(text));
        } else if (at_ == place::entry && key_ == "dtype") {
            const auto type = dtype_named(text);
            if (!type) fail("InvalidHeaderDeserialization", "the unknown dtype '" + text + "'");
            entry_.type = *type;
        } else {
            return refuse("the text '" + text + "'");
        }
        return true;
    }

    bool start_array(std::size_t) override {
        if (at_ != place::entry || key_ == "dtype") return refuse("an array");
        at_ = key_ == "shape" ? place::shape : place::offsets;
        offsets_ = 0;
        return true;
    }

    bool number_unsigned(std::uint64_t value) override {
        if (at_ == place::shape) {
            if (entry_.shape.size() == safetensors_rank_limit) fail("RankLimit", "more than 8 dimensions");
            entry_.shape.push_back(value);
        } else if (at_ == place::offsets) {
            if (offsets_ == 2) fail("InvalidHeaderDeserialization", "more than two data_offsets");
            (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
        } else {
            return refuse("the number " + std::to_string(value));
        }
        return true;
    }

    bool end_array() override {
        if (at_ == place::offsets && offsets_ < 2) fail("InvalidHeaderDeserialization", "fewer than two data_offsets");
        at_ = place::entry;
        return true;
    }

    bool end_object() override {
        if (at_ == place::entry) {
            if (seen_ != 7) fail("InvalidHeaderDeserialization", "no " + std::string(missing_field()));
            count_bytes();
            header.tensors.push_back(std::move(entry_));
        }
        at_ = at_ == place::root ? place::outside : place::root;
        return true;
    }

private:
    enum class place { outside, root, metadata, entry, shape, offsets };

    const char* missing_field() const { return !(seen_ & 1) ? "dtype" : !(seen_ & 2) ? "shape" : "data_offsets"; }

    // Do the offsets span just the bytes that shape and dtype ask for?
    void count_bytes() {
        std::uint64_t size = 1, bits = 0;
        bool fits = true;
        for (const std::uint64_t extent : entry_.shape) fits = fits && !__builtin_mul_overflow(size, extent, &size);
        fits = fits && !__builtin_mul_overflow(size, std::uint64_t{bits_of(entry_.type)}, &bits);
        if (!fits) fail("ValidationOverflow", "shape " + shape_text(entry_.shape) + ", more than 64 bits can count");
        if (entry_.end < entry_.begin) fail("InvalidOffset", "data from byte " + offsets_text());
        if (bits % 8 != 0) fail("MisalignedSlice", std::to_string(bits) + " bits, not a whole number of bytes");
        if (entry_.end - entry_.begin != bits / 8)
            fail("TensorInvalidInfo", "data from byte " + offsets_text(), std::to_string(bits / 8) + " bytes for " +
                                          std::string(name_of(entry_.type)) + " " + shape_text(entry_.shape));
        entry_.size = static_cast<std::size_t>(size);
    }

    std::string offsets_text() const { return std::to_string(entry_.begin) + " to " + std::to_string(entry_.end); }

    bool refuse(const std::string& found) override {
        if (at_ == place::metadata && !found.starts_with("syntax")) fail("MetadataNotString", found, "a text");
        const bool encoding = found.find("UTF-8") != std::string::npos;
        fail(encoding ? "InvalidHeader" : "InvalidHeaderDeserialization", found);
    }

    [[noreturn]] void fail(const char* kind, const std::string& found, std::string wanted = {}) const {
        source_.fail({.where = source_.where(), .subject = at_ == place::outside ? "" : entry_.name,
                      .found = std::string(kind) + ": " + found, .wanted = std::move(wanted)});
    }

    place at_ = place::outside;
    tensor_entry entry_;
    std::string key_;
    unsigned seen_ = 0, offsets_ = 0;      // fields of the entry; numbers in data_offsets
    bool metadata_seen_ = false;
};

// The length of the header, from the first bytes of the file (16, or all there are).
inline std::uint64_t safetensors_header_length(std::span<const std::byte> first, std::uint64_t file_size,
                                               const std::string& where) {
    const auto fail = [&](const char* kind, const std::string& found, const char* wanted) {
        const auto* foreign = foreign_kind_of({reinterpret_cast<const char*>(first.data()), first.size()});
        complaint c{.where = where, .offset = 0};
        c.found = std::string(foreign ? "ForeignFormat" : kind) + ": " + (foreign ? std::string(foreign->name) : found);
        c.wanted = foreign ? "safetensors" : wanted;
        if (foreign) c.hint = foreign->hint;
        throw error(std::move(c));
    };
    if (file_size < 8) fail("HeaderTooSmall", "a file of " + std::to_string(file_size) + " bytes", "at least 8 bytes");
    const auto length = load<std::uint64_t>(first.data(), 0);
    const auto text = "a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(file_size);
    if (length > safetensors_header_limit) fail("HeaderTooLarge", text, "at most 100000000 bytes of header");
    if (length > file_size - 8) fail("InvalidHeaderLength", text, "a header within the file");
    return length;
}

// The header's text as entries that fill data_size bytes without a gap.
inline safetensors_header parse_safetensors_header(std::string_view text, std::uint64_t data_size,
                                                   const std::string& where) {
    const auto fail = [&](std::size_t at, const char* kind, std::string_view name, std::string_view found,
                          std::string_view wanted) {
        throw error({.where = where, .offset = 8 + at, .subject = std::string(name),
                     .found = std::string(kind) + ": " + std::string(found), .wanted = std::string(wanted),
                     .hint = "the file is damaged, or made by a faulty program: get it again"});
    };
    if (text.starts_with("\xef\xbb\xbf")) fail(0, "InvalidHeader", "", "a byte order mark", "{");
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        fail(nul, "InvalidHeaderDeserialization", "", "a NUL byte", "JSON");

    json_source source(text, where, 8);
    safetensors_events events(source);
    events.read();
    auto& [tensors, by_name, metadata] = events.header;

    sort_by(tensors, [](const tensor_entry& a, const tensor_entry& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    by_name = sorted_places(tensors.size(), [&all = tensors](auto a, auto b) { return all[a].name < all[b].name; });
    for (std::size_t i = 1; i < by_name.size(); ++i)
        if (const auto& name = tensors[by_name[i]].name; name == tensors[by_name[i - 1]].name)
            fail(text.size(), "DuplicateKey", name, "two tensors of this name", "one");

    std::uint64_t end = 0;
    for (const auto& entry : tensors) {
        if (entry.begin != end)
            fail(text.size(), "InvalidOffset", entry.name, "data from byte " + std::to_string(entry.begin),
                 "from byte " + std::to_string(end) + ", where the tensor before it ends");
        end = entry.end;
    }
    if (end != data_size)
        fail(text.size(), "MetadataIncompleteBuffer", "", std::to_string(data_size) + " bytes of data",
             std::to_string(end) + " bytes");
    return std::move(events.header);
}

}  // namespace detail

// The header of a whole file in memory.
inline safetensors_header parse_safetensors(std::span<const std::byte> file, const std::string& where) {
    const auto beginning = file.first(std::min<std::size_t>(file.size(), 16));
    const auto length = detail::safetensors_header_length(beginning, file.size(), where);
    const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, length);
    return detail::parse_safetensors_header(text, file.size() - 8 - length, where);
}

}  // namespace stepgpt
