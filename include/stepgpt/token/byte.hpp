// Byte tokens: every byte is its own id, 0 .. 255. Nothing to learn, nothing unknown, any file goes in and comes out.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <stepgpt/core/tensor.hpp>
#include <stepgpt/token/vocabulary.hpp>

namespace stepgpt {

class byte_tokenizer {
public:
    static constexpr std::string_view name = "byte";

    byte_tokenizer() {
        for (int byte = 0; byte < 256; ++byte) {
            const char piece = static_cast<char>(byte);
            pieces_.add({&piece, 1});
        }
    }

    const vocabulary& pieces() const { return pieces_; }

    void encode(std::string_view text, std::vector<token>& ids) const {
        ids.reserve(ids.size() + text.size());
        for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
    }

private:
    vocabulary pieces_;
};

}  // namespace stepgpt
