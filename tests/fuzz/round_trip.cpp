// decode(encode(x)) == x for any bytes x and every kind of tokenizer that knows all bytes, at once and as a stream; for
// characters and words it holds for what they know. The tokenizers learn from a few lines that are difficult to cut.
#include <stepgpt/token/bpe_trainer.hpp>

#include "tokens.hpp"

namespace {

using namespace stepgpt;

constexpr std::string_view lines =
    "the fox's den, then the other foxes' dens; we've 42 of them, they'll take 2,000 \xC3\xA9\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87 "
    "\xD0\xBC\xD0\xB8\xD1\x80 \xF0\x9F\x98\x80\xF0\x9F\x98\x80    \n\n\n\t\t aaaaaaaaaaaaaaaaaaaa \xFF\xFF\xC3 \xE2\x80\x83 ";

tokenizer pairs(bpe_tokenizer::look_up way) {
    bpe_trainer trainer;
    trainer.vocab_size = 512;
    for (int i = 0; i < 2; ++i) trainer.add(lines);
    const tokenizer learned = trainer.train();
    if (way == bpe_tokenizer::look_up::merges_only) return learned;
    return tokenizer_from_tiktoken(to_tiktoken(learned), "learned");
}

void check(const tokenizer& t, std::string_view text) {
    const std::vector<token> ids = t.encode(text);
    fuzz::expect(t.decode(ids) == text);

    std::vector<token> streamed;                             // in parts whose lengths the text itself chooses
    stream_encoder in(t);
    for (std::string_view left = text; !left.empty();) {
        const std::size_t part = std::min<std::size_t>(left.size(), 1 + static_cast<unsigned char>(left[0]) % 13);
        in.push(left.substr(0, part), streamed);
        left.remove_prefix(part);
    }
    in.finish(streamed);
    fuzz::expect(streamed == ids);

    std::string decoded;                                     // of a whole text no part ends inside a character
    const bool whole = is_utf8(text);
    stream_decoder out(t);
    for (const token id : ids) {
        const std::string part = out.push(id);
        fuzz::expect(!whole || is_utf8(part));
        decoded += part;
    }
    fuzz::expect(decoded + out.finish() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const tokenizer bytes = byte_tokenizer(), merges = pairs(bpe_tokenizer::look_up::merges_only),
                           whole = pairs(bpe_tokenizer::look_up::whole_pieces_first);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(bytes, text);
    check(merges, text);
    check(whole, text);

    if (size % 8 != 0 || !is_utf8(text)) return 0;           // learning takes longer than all the rest
    character_trainer characters;
    characters.add(text);
    check(characters.train(), text);
    word_trainer words;
    words.min_count = 1;
    words.add(text);
    check(words.train(), text);
    return 0;
}
