// Instruction tuning: questions and answers, a JSON object a line, become a data folder whose loss asks for answers only.
//
//     {"prompt": "The capital of France is", "completion": " Paris."}
//     {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}]}
//
//     const auto all = read_instructions("chat.jsonl", tokens, block_size);
//     write_instructions("out/data", tokens, all, 0.1);       // train.bin and train-roles.bin, and the same for val
//
// An answer ends with the end-of-text token, or, where the tokenizer has none, with a blank line, so that the model learns
// to stop. Not here: how examples are laid into rows (batch/examples.hpp), the form of a conversation (chat_text.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/batch/examples.hpp>
#include <stepgpt/batch/token_file.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/finetune/chat_text.hpp>
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

namespace stepgpt {

// One example: ids, and for each its role (batch/examples.hpp).
struct instruction {
    std::vector<token> ids, roles;
};

inline instruction instruction_of(const std::vector<turn>& turns, const tokenizer& tokens) {
    instruction x;
    const auto add = [&](const std::vector<token>& ids, token what) {
        x.ids.insert(x.ids.end(), ids.begin(), ids.end());
        x.roles.resize(x.ids.size(), what);
    };
    for (const auto& t : turns) {
        add(tokens.encode(t.text), t.answer ? role::answer : role::given);
        if (t.answer) add(answer_end(tokens), role::answer);
    }
    if (!x.roles.empty()) x.roles[0] = role::first;
    return x;
}

namespace detail {

// The turns of one line, which must have one of the two forms; other fields are passed over.
inline std::vector<turn> turns_from(const json_fields& line) {
    if (line.has("messages")) {
        const auto list = line.get<json>("messages");
        if (!list.is_array() || list.empty()) line.refuse("messages", list.dump(), "a list of messages");
        std::vector<chat_message> messages;
        for (const auto& m : list) {
            const json_fields message(m, line.where());
            messages.push_back({message.get<std::string>("role"), message.get<std::string>("content")});
        }
        if (messages.back().role != "assistant")
            line.refuse("messages", "a conversation that ends with the " + messages.back().role, "an answer at the end");
        return turns_of(messages);
    }
    if (!line.has("prompt") || !line.has("completion"))
        throw error({.where = line.where(), .found = "neither of the two forms",
                     .wanted = R"({"prompt": ..., "completion": ...} or {"messages": [...]})",
                     .hint = "rename the fields of your file to one of these"});
    return {{line.get<std::string>("prompt"), false}, {line.get<std::string>("completion"), true}};
}

inline instruction instruction_from(std::string_view line, const std::string& where, const tokenizer& tokens,
                                    std::size_t block_size) {
    const auto turns = turns_from(json_fields(parse_json(line, where), where));
    auto x = instruction_of(turns, tokens);
    if (turns.front().text.empty() || turns.back().text.empty())
        throw error({.where = where, .found = turns.back().text.empty() ? "an empty answer" : "an empty prompt",
                     .wanted = "a prompt, and an answer behind it"});
    if (x.ids.size() > block_size + 1)
        throw error({.where = where, .found = std::to_string(x.ids.size()) + " tokens",
                     .wanted = "at most " + std::to_string(block_size + 1) + ", the model's window and one",
                     .hint = "shorten this example, or leave it out"});
    return x;
}

}  // namespace detail

// The examples of a text, line by line; blank lines count, but are no examples.
inline std::vector<instruction> parse_instructions(std::string_view text, const std::string& where, const tokenizer& tokens,
                                                   std::size_t block_size) {
    std::vector<instruction> all;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        try {
            all.push_back(detail::instruction_from(line, where, tokens, block_size));
        } catch (const error& e) {
            complaint c = e.about();
            c.where = where;
            c.line = number;
            c.offset = {};
            throw error(std::move(c));
        }
    }
    if (all.size() < 2)
        throw error({.where = where, .found = std::to_string(all.size()) + " examples",
                     .wanted = "at least two: one to learn from, one to be judged by"});
    return all;
}

inline std::vector<instruction> read_instructions(const std::filesystem::path& path, const tokenizer& tokens,
                                                  std::size_t block_size) {
    return parse_instructions(read_file(path, std::uint64_t{1} << 32), path.string(), tokens, block_size);
}

// The last share of the examples, at least one, is for validation.
inline void write_instructions(const std::filesystem::path& folder, const tokenizer& tokens, const std::vector<instruction>& all,
                               double validation_share = 0.1, const std::string& source = {}) {
    const auto kept_aside = static_cast<std::size_t>(validation_share * static_cast<double>(all.size()));
    const std::size_t train = all.size() - std::clamp<std::size_t>(kept_aside, 1, all.size() - 1);
    std::filesystem::create_directories(folder);
    const auto write = [&](const std::string& split, std::size_t begin, std::size_t end) {
        std::vector<token> ids, roles;
        for (std::size_t i = begin; i < end; ++i) {
            ids.insert(ids.end(), all[i].ids.begin(), all[i].ids.end());
            roles.insert(roles.end(), all[i].roles.begin(), all[i].roles.end());
        }
        write_token_file(folder / (split + ".bin"), tokens.vocab_size(), ids);
        write_token_file(folder / (split + "-roles.bin"), role::count, roles);
    };
    write("train", 0, train);
    write("val", train, all.size());
    save_tokenizer(tokens, folder);
    write_file(folder / "prepare.json",
               json_object({{"source", source}, {"examples", all.size()}, {"to_learn_from", train}}).dump(2) + "\n");
}

}  // namespace stepgpt
