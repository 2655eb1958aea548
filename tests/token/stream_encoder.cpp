#include <stepgpt/token/bpe_trainer.hpp>
#include <stepgpt/token/stream_encoder.hpp>

#include "support.hpp"

using namespace stepgpt;

namespace {

std::vector<token> in_parts(const tokenizer& t, std::string_view text, std::size_t length) {
    std::vector<token> ids;
    stream_encoder in(t);
    for (; text.size() > length; text.remove_prefix(length)) in.push(text.substr(0, length), ids);
    in.push(text, ids);
    in.finish(ids);
    return ids;
}

}  // namespace

TEST_CASE("a text in parts gives the ids of the whole") {
    bpe_trainer trainer;
    trainer.vocab_size = 300;
    for (std::uint32_t n = 0; n < 200; ++n) trainer.add(test::random_text(n, 30, test::difficult_parts()));
    const tokenizer pairs = trainer.train();
    const tokenizer bytes = byte_tokenizer();
    for (std::uint32_t n = 0; n < 2000; ++n) {
        const auto text = test::random_text(n, 30, test::difficult_parts());
        for (const std::size_t length : {1, 3, 7}) {
            REQUIRE(in_parts(pairs, text, length) == pairs.encode(text));
            REQUIRE(in_parts(bytes, text, length) == bytes.encode(text));
        }
    }
}

TEST_CASE("characters that a part cuts in two are put together") {
    character_trainer trainer;
    trainer.add("é中😀 a");
    const tokenizer t = trainer.train();
    CHECK(in_parts(t, "é中😀 a中中", 1) == t.encode("é中😀 a中中"));
}

TEST_CASE("what is held is bounded") {
    const tokenizer t = byte_tokenizer();
    stream_encoder in(t);
    std::vector<token> ids;
    const std::string part(1 << 20, 'a');
    for (int i = 0; i < 18; ++i) in.push(part, ids);
    CHECK(ids.size() > stream_encoder::longest_held);
    in.finish(ids);
    CHECK(ids.size() == 18u << 20);
}
