// A conversation as plain text, the same in training and in use:
//
//     System: You are short.            role and content, a line each;
//     User: What is two and two?        content may have lines of its own
//     Assistant: Four.<|endoftext|>     an answer ends with the tokenizer's end of text, or with a blank line
//
// Not here: special tokens for roles; a model that was made without them has none to spare.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/token/tokenizer.hpp>

namespace stepgpt {

struct chat_message {
    std::string role;                    // system, user or assistant
    std::string content;
};

// A piece of text, and whether it is to be learnt or only read.
struct turn {
    std::string text;
    bool answer = false;
};

inline constexpr const char* answer_mark = "Assistant:";     // what the model goes on behind
inline constexpr const char* question_mark = "User:";

inline std::vector<turn> turns_of(const std::vector<chat_message>& messages) {
    std::vector<turn> turns;
    for (const auto& m : messages) {
        if (m.role == "assistant") {
            turns.push_back({answer_mark, false});
            turns.push_back({" " + m.content, true});
        } else if (m.role == "user" || m.role == "system") {
            turns.push_back({(m.role == "user" ? question_mark : "System:") + (" " + m.content + "\n"), false});
        } else {
            throw error({.where = "chat", .subject = "role", .found = "'" + m.role + "'", .wanted = "system, user or assistant"});
        }
    }
    return turns;
}

// The ids that end an answer.
inline std::vector<token> answer_end(const tokenizer& tokens) {
    if (const auto end = tokens.special("<|endoftext|>")) return {*end};
    return tokens.encode("\n\n");
}

}  // namespace stepgpt
