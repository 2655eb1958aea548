#include <doctest/doctest.h>

#if defined(STEPGPT_HAS_ZLIB) && STEPGPT_HAS_ZLIB

#include <stepgpt/text/gzip.hpp>

#include <zlib.h>

#include <string>

using namespace stepgpt;

static std::string gzipped(const std::string& text) {
    z_stream z{};
    REQUIRE(::deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(::deflateBound(&z, text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(::deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - z.avail_out);
    ::deflateEnd(&z);
    return out;
}

static std::string unzipped(const std::string& bytes) { return read_up_to(gunzip(memory_bytes(bytes)), 1 << 26); }

TEST_CASE("gzip: what was compressed comes back, members one after the other as one") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + '\n';
    CHECK(unzipped(gzipped(text)) == text);
    CHECK(unzipped(gzipped("one, ") + gzipped("") + gzipped("two")) == "one, two");
    CHECK(unzipped(gzipped("")) == "");
}

TEST_CASE("gzip: ten megabytes from ten kilobytes take two blocks of memory") {
    const std::string bomb = gzipped(std::string(10 << 20, ' '));
    CHECK(bomb.size() < 20'000);
    std::size_t bytes = 0, largest = 0;
    each_block(gunzip(memory_bytes(bomb)), [&](std::string_view block) {
        bytes += block.size();
        largest = std::max(largest, block.size());
    });
    CHECK(bytes == 10u << 20);
    CHECK(largest <= block_bytes);
}

TEST_CASE("gzip: every truncation and every damage is one error, after the bytes that were good") {
    const std::string whole = gzipped("The quick brown fox jumps over the lazy dog.");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        CHECK_THROWS_WITH_AS(unzipped(whole.substr(0, size)), doctest::Contains("the end of the file"), error);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] ^= 0x10;
        try {
            unzipped(damaged);   // a few bits of the header (time, system) mean nothing
        } catch (const error& e) {
            CHECK(std::string(e.what()).find("byte ") != std::string::npos);
        }
    }
    CHECK_THROWS_AS(unzipped(whole + "trailing"), error);
    CHECK_THROWS_AS(unzipped("not gzip'd at all"), error);
}

#endif
