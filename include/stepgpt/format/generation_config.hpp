// generation_config.json: what the makers of a model say about writing with it; of that, the token that ends a text.
//
//     const auto end = end_of_text("gpt2", tokens);           // 50256
//
// Not here: temperature and the like, which whoever writes chooses (generate/sampler.hpp).
#pragma once

#include <filesystem>
#include <optional>

#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

// eos_token_id of a model folder (the first, if there are several), else the tokenizer's <|endoftext|>, if it has one. An id
// beyond the vocabulary is passed over: transformers writes GPT-2's 50256 into every small model's folder.
inline std::optional<token> end_of_text(const std::filesystem::path& folder, const tokenizer& tokens) {
    const auto path = folder / "generation_config.json";
    if (std::filesystem::exists(path)) {
        const json_fields fields(read_json(path), path.string());
        auto end = fields.get<json>("eos_token_id", json());
        if (end.is_array() && !end.empty()) end = end.front();
        if (!end.is_null() && !end.is_number_unsigned())
            fields.refuse("eos_token_id", end.dump(), "the id of a token, or a list of them");
        if (!end.is_null() && end.get<std::uint64_t>() < tokens.vocab_size()) return end.get<token>();
    }
    return tokens.special("<|endoftext|>");
}

}  // namespace stepgpt
