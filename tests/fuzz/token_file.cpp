// Any bytes as a file of ids for a small or a large vocabulary: refused with our error, or every id is in the vocabulary.
#include <stepgpt/batch/token_file.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include "tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepgpt;
    if (size == 0) return 0;
    static const int file = ::memfd_create("ids", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    const std::size_t vocab_size = data[0] & 1 ? 65536 + data[0] : 1 + data[0];
    fuzz::expect(::ftruncate(file, static_cast<off_t>(size - 1)) == 0);
    fuzz::expect(::pwrite(file, data + 1, size - 1, 0) == static_cast<ssize_t>(size - 1));
    fuzz::only_our_error([&] {
        const token_file ids(path, vocab_size);
        std::vector<token> all(ids.size());
        ids.copy(0, all);
        for (const token id : all) fuzz::expect(id >= 0 && static_cast<std::size_t>(id) < vocab_size);
        fuzz::expect(all.size() * token_width(vocab_size) == size - 1);
    });
    return 0;
}
