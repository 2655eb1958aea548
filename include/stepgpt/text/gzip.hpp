// gzip'd bytes -> the bytes that were compressed, as they stream by. Needs zlib: STEPGPT_HAS_ZLIB, set by CMake.
//
//     byte_source in = gunzip(file_bytes("gcide.dict.dz"));
//
// Several members one after the other are one file, as RFC 1952 has it. However far the data expands, the memory
// taken is two blocks. A file that is cut short or damaged throws after the bytes that were good. Not here: zip
// archives and tar files, which hold several files.
#pragma once

#if !defined(STEPGPT_HAS_ZLIB) || !STEPGPT_HAS_ZLIB
#error "text/gzip.hpp needs zlib: install it (Debian: zlib1g-dev) and configure again, or leave this header out"
#endif

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/text/byte_source.hpp>

namespace stepgpt {

namespace detail {

class inflater {
public:
    inflater(byte_source in, std::string where)
        : in_(std::move(in)), where_(std::move(where)), block_(block_bytes, '\0') {
        if (::inflateInit2(&z_, 15 + 16) != Z_OK) throw std::bad_alloc();   // 15: any window; + 16: a gzip header
    }
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater() { ::inflateEnd(&z_); }

    std::size_t read(char* to, std::size_t room) {
        z_.next_out = reinterpret_cast<Bytef*>(to);
        z_.avail_out = static_cast<uInt>(std::min<std::size_t>(room, 1 << 30));
        const std::size_t wanted = z_.avail_out;
        while (z_.avail_out == wanted && more()) {
            const int result = ::inflate(&z_, Z_NO_FLUSH);
            between_members_ = result == Z_STREAM_END;
            if (between_members_) ::inflateReset(&z_);
            else if (result != Z_OK && result != Z_BUF_ERROR) fail(z_.msg ? z_.msg : "broken gzip data");
        }
        return wanted - z_.avail_out;
    }

private:
    // Something to inflate; at the end of the input false, which is right between members only.
    bool more() {
        if (z_.avail_in > 0) return true;
        const std::size_t count = in_(block_.data(), block_.size());
        z_.next_in = reinterpret_cast<Bytef*>(block_.data());
        z_.avail_in = static_cast<uInt>(count);
        taken_ += count;
        if (count == 0 && !between_members_) fail("the end of the file inside compressed data");
        return count > 0;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw error({.where = where_, .offset = taken_ - z_.avail_in, .found = what, .wanted = "gzip'd data",
                     .hint = "the file is cut short or damaged: gzip -t FILE tells the same; download it again"});
    }

    byte_source in_;
    std::string where_, block_;
    z_stream z_{};
    std::uint64_t taken_ = 0;
    bool between_members_ = false;
};

}  // namespace detail

inline byte_source gunzip(byte_source in, const std::string& where = "gzip'd data") {
    auto inflater = std::make_shared<detail::inflater>(std::move(in), where);
    return [inflater](char* to, std::size_t room) { return inflater->read(to, room); };
}

}  // namespace stepgpt
