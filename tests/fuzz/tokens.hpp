// What the fuzzers of tokenizer files share: a tokenizer that was accepted is used, and only our own error may be thrown.
#pragma once

#include <stepgpt/token/stream_encoder.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline void expect(bool holds) {
    if (!holds) std::abort();
}

template <class Work>
void only_our_error(Work&& work) {
    try {
        work();
    } catch (const stepgpt::error& e) {
        expect(std::string_view(e.what()).size() <= 1000);
    }
}

// Every id has bytes; where all bytes have an id, a text comes back.
inline void use(const stepgpt::tokenizer& t) {
    std::size_t bytes = 0;
    for (std::size_t id = 0; id < t.vocab_size(); ++id) {
        bytes += t.bytes(static_cast<stepgpt::token>(id)).size();
        t.show(static_cast<stepgpt::token>(id));
    }
    expect(bytes >= t.vocab_size());
    const std::string text = "The fox's den,  42 \xC3\xA9 \xFF<|endoftext|>\n\n";
    if (t.name() == "byte" || t.name() == "bpe") {
        expect(t.decode(t.encode(text)) == text);
        expect(t.decode(t.encode_special(text)) == text);
    }
}

}  // namespace fuzz
