// The weights of a Hugging Face folder: model.safetensors, or shards of it with an index that says which holds what.
//
//     const weight_files weights("gpt2-xl");
//     weights.read("wte.weight", std::span(wte));
//
// The prefix "transformer." of GPT2LMHeadModel's names is taken off. Every file is checked when it is opened.
// Not here: which tensors a model needs (weights.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/format/foreign.hpp>
#include <stepgpt/format/safetensors.hpp>

namespace stepgpt {

// Where a tensor is kept.
struct stored_tensor {
    const safetensors_file* file = nullptr;
    const tensor_entry* entry = nullptr;          // null: nowhere
};

class weight_files {
public:
    explicit weight_files(const std::filesystem::path& folder) : where_(folder / "model.safetensors") {
        const auto index = folder / "model.safetensors.index.json";
        if (std::filesystem::exists(where_)) {
            const auto& file = open(where_);
            for (const auto& entry : file.tensors()) add(entry.name, file, entry);
        } else if (std::filesystem::exists(index)) {
            open_shards(folder, index);
        } else {
            refuse_folder(folder);
        }
    }

    std::string where() const { return where_.string(); }       // the file, or the index of the files

    // The tensors by name, without prefix.
    const std::map<std::string, stored_tensor>& tensors() const { return tensors_; }

    stored_tensor find(const std::string& name) const {
        const auto at = tensors_.find(name);
        return at == tensors_.end() ? stored_tensor{} : at->second;
    }

    template <class Real>
    void read(const std::string& name, std::span<Real> to) const {
        const auto at = find(name);
        if (!at.entry) throw error({.where = where(), .subject = name, .found = "TensorNotFound: no such tensor"});
        at.file->read(at.entry->name, to);
    }

private:
    const safetensors_file& open(const std::filesystem::path& path) {
        return *files_.emplace_back(std::make_unique<safetensors_file>(path));
    }

    void add(std::string_view name, const safetensors_file& file, const tensor_entry& entry) {
        static constexpr std::string_view prefix = "transformer.";
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
        if (!tensors_.emplace(name, stored_tensor{&file, &entry}).second)
            throw error({.where = where(), .subject = std::string(name),
                         .found = "DuplicateKey: a tensor with and without the prefix transformer."});
    }

    void open_shards(const std::filesystem::path& folder, const std::filesystem::path& index) {
        where_ = index;
        const json_fields fields(read_json(index, 256 << 20), index.string());
        const json_fields map = fields.object("weight_map");
        std::map<std::string, const safetensors_file*> shards;
        for (const auto& [name, value] : map.object().items()) {
            const auto shard = map.get<std::string>(name.c_str());
            if (std::filesystem::path(shard).filename() != shard || !shard.ends_with(".safetensors"))
                map.refuse(name, "'" + shard + "'", "the name of a .safetensors file in this folder");
            auto& file = shards[shard];
            if (!file) file = &open(folder / shard);
            const auto* const entry = file->find(name);
            if (!entry) map.refuse(name, "no such tensor in " + shard, "one where the index says");
            add(name, *file, *entry);
        }
        for (const auto& [shard, file] : shards)
            for (const auto& entry : file->tensors())
                if (map.get<std::string>(entry.name.c_str(), "") != shard)
                    map.refuse(entry.name, "a tensor in " + shard + " that the index does not place there", "none");
    }

    // There are no weights that can be read: is there something near?
    [[noreturn]] static void refuse_folder(const std::filesystem::path& folder) {
        complaint c{.where = folder.string(), .found = "no model.safetensors", .wanted = "a model folder"};
        if (const auto* const other = foreign_file_in(folder)) {
            c.found += ", but " + std::string(other->name);
            c.hint = other->hint;
        }
        throw error(std::move(c));
    }

    std::filesystem::path where_;
    std::vector<std::unique_ptr<safetensors_file>> files_;
    std::map<std::string, stored_tensor> tensors_;
};

}  // namespace stepgpt
