// A data folder, as `prepare` writes it and `train` reads it:
//
//     train.bin, val.bin     ids (token_file.hpp), or shards train-00000.bin, ...
//     tokenizer.json         what the ids mean
//     prepare.json           what was read, kept and dropped, and why; may be absent
//     train-roles.bin, ...   of questions and answers: which ids are asked for (examples.hpp)
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <stepgpt/batch/examples.hpp>
#include <stepgpt/batch/token_shards.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

namespace stepgpt {

struct data_folder {
    std::filesystem::path path;
    tokenizer text;                  // text <-> ids
    token_shards train, val;
    std::optional<token_shards> train_roles, val_roles;   // only of questions and answers
    std::string about;               // prepare.json as it lies there, or ""

    // Opens the folder and checks every id in it.
    explicit data_folder(const std::filesystem::path& folder)
        : path(existing(folder)), text(load_tokenizer_json(folder)), train(folder, "train", text.vocab_size()),
          val(folder, "val", text.vocab_size()) {
        if (std::filesystem::exists(folder / "train-roles.bin")) {
            train_roles.emplace(folder, "train-roles", role::count);
            val_roles.emplace(folder, "val-roles", role::count);
        }
        if (const auto notes = folder / "prepare.json"; std::filesystem::exists(notes)) about = read_file(notes, 1 << 26);
    }

private:
    static const std::filesystem::path& existing(const std::filesystem::path& folder) {
        const auto hint = "a data folder is made by: prepare my.txt --out " + folder.string();
        if (!std::filesystem::is_directory(folder))
            throw error({.where = folder.string(), .found = std::filesystem::exists(folder) ? "a file" : "nothing",
                         .wanted = "a data folder", .hint = hint});
        const char* const wanted = "a data folder with train.bin, val.bin and tokenizer.json";
        for (const std::string split : {"train", "val"})
            if (!std::filesystem::exists(folder / (split + ".bin")) && !std::filesystem::exists(folder / shard_name(split, 0)))
                throw error({.where = folder.string(), .found = "no " + split + ".bin", .wanted = wanted, .hint = hint});
        if (!std::filesystem::exists(folder / "tokenizer.json"))
            throw error({.where = folder.string(), .found = "no tokenizer.json", .wanted = wanted, .hint = hint});
        return folder;
    }
};

}  // namespace stepgpt
