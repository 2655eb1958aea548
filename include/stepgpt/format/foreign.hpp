// What a file or a folder that was given as a model really is: the mistakes people make, and the way out of each.
//
// Not here: reading any of these. A .pt file is a pickle, a program for Python's unpickler, and is never run.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace stepgpt {

struct foreign_kind {
    std::string_view beginning, name, hint;
};

// The kind of file that begins with these bytes (16 are enough), or null if it is none of those known here.
inline const foreign_kind* foreign_kind_of(std::string_view beginning) {
    static constexpr std::string_view
        page = "the download gave a web page: use the link to the file itself (.../resolve/main/...)",
        pickle = "a pickle may run any program, so it is not read; in Python: from safetensors.torch import save_file; "
                 "save_file(torch.load(FILE, weights_only=True), OUT)";
    static constexpr std::array<foreign_kind, 13> kinds{{
        {"version https://", "a git-lfs pointer, not the file it points to", "fetch the file itself: git lfs pull"},
        {"<!DOCTYPE", "an HTML page", page},
        {"<!doctype", "an HTML page", page},
        {"<html", "an HTML page", page},
        {"PK\x03\x04", "a zip archive, as torch.save writes", pickle},
        {"\x80\x02", "a Python pickle, as torch.save wrote once", pickle},
        {"\x80\x04", "a Python pickle", pickle},
        {"GGUF", "a GGUF file",
         "it is made for llama.cpp: read it as one (format/gguf_model.hpp), or start from the safetensors it was made of"},
        {"\x89HDF", "an HDF5 file, as TensorFlow writes", "load it with transformers, then save_pretrained(FOLDER)"},
        {"\x1f\x8b", "a gzip archive", "unpack it first, with gunzip or tar xzf"},
        {"\x93NUMPY", "a NumPy array", "in Python: safetensors.numpy.save_file({NAME: numpy.load(FILE)}, OUT)"},
        {"{", "a JSON text", "give the folder, or the .safetensors file beside this one"},
        {"\xc6\xd7\x34\x01", "an llm.c checkpoint", "read it as one: format/llmc.hpp"},
    }};
    for (const auto& kind : kinds)
        if (beginning.starts_with(kind.beginning)) return &kind;
    return nullptr;
}

struct foreign_file {
    std::string_view name, hint;
};

// The file with somebody else's weights in a folder that has none of ours, or null.
inline const foreign_file* foreign_file_in(const std::filesystem::path& folder) {
    static constexpr std::string_view torch = "transformers' save_pretrained(FOLDER) in Python makes safetensors of it";
    static constexpr std::array<foreign_file, 6> others{{
        {"pytorch_model.bin", torch},
        {"pytorch_model.bin.index.json", torch},
        {"ckpt.pt", "nanoGPT's: in Python, write its tensors with safetensors' save_file, Linear's transposed"},
        {"tf_model.h5", "in Python: from_pretrained(FOLDER, from_tf=True), then save_pretrained(FOLDER)"},
        {"flax_model.msgpack", "in Python: from_pretrained(FOLDER, from_flax=True), then save_pretrained(FOLDER)"},
        {"adapter_model.safetensors", "this is an adapter: load the model that it belongs to, then the adapter"},
    }};
    for (const auto& other : others)
        if (std::filesystem::exists(folder / other.name)) return &other;
    return nullptr;
}

}  // namespace stepgpt
