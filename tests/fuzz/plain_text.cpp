// Any bytes as plain text: the encoding, the pieces, every rule. The pieces of a text are the text; a rule done twice
// is done once; what was valid UTF-8 stays so.
#include <stepgpt/text/clean.hpp>
#include <stepgpt/text/encoding.hpp>
#include <stepgpt/text/near_duplicates.hpp>
#include <stepgpt/text/plain.hpp>

#include "reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepgpt;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    encoding_detector seen;
    each_block(memory_bytes(bytes), seen);
    const std::string text = read_up_to(as_utf8(memory_bytes(bytes), seen.verdict()), SIZE_MAX / 2);
    fuzz::expect(is_utf8(text));
    fuzz::expect(is_utf8(bytes) == (first_invalid_utf8(bytes) == bytes.size()));

    fuzz::read_twice(text, [](const byte_source& in, reading to) {
        to.options.separators = {"%"};
        read_plain(in, "p", to);
    });
    std::vector<rule> rules = standard_rules();
    for (rule& one : rules) {
        if (one.edit) {
            const std::string once = one.edit(text);
            fuzz::expect(is_utf8(once));
            // (But for the mask: which digits make a telephone number depends on those beside them, which may be
            // masked.)
            fuzz::expect(one.name == "mask" || one.edit(once) == once);
        }
        one.on = true;
    }
    fuzz::expect(is_utf8(clean(text, rules).text));
    minhash_of(text);
    return 0;
}
