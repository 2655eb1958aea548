// Documents put aside on disk: as many as there is room for, 16 bytes of memory each.
//
//     document_spool spool(folder);
//     std::size_t i = spool.add({text, source});
//     document d = spool[i];
//
// The file has no name: it is gone when this object is, or when the process is killed. Not here: order, search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/text/document.hpp>

namespace stepgpt {

class document_spool {
public:
    explicit document_spool(const std::filesystem::path& folder)
        : file_(detail::temporary_name(folder / "documents"), O_RDWR | O_CREAT | O_EXCL) {
        std::filesystem::remove(file_.path());
    }

    std::size_t size() const { return entries_.size(); }
    std::uint64_t bytes() const { return written_ + waiting_.size(); }

    std::size_t add(const document& d) {
        entries_.push_back({bytes(), static_cast<std::uint32_t>(d.source.size()), d.continues});
        waiting_ += d.source;
        waiting_ += d.text;
        if (waiting_.size() >= buffer_bytes) flush();
        return size() - 1;
    }

    document operator[](std::size_t i) {
        flush();
        const entry& e = entries_[i];
        const std::uint64_t end = i + 1 < size() ? entries_[i + 1].begin : written_;
        std::string both(static_cast<std::size_t>(end - e.begin), '\0');
        read(e.begin, both);
        document d{both.substr(e.source), both.substr(0, e.source), e.continues};
        return d;
    }

    std::string source(std::size_t i) {
        flush();
        std::string name(entries_[i].source, '\0');
        read(entries_[i].begin, name);
        return name;
    }

    bool continues(std::size_t i) const { return entries_[i].continues; }

private:
    static constexpr std::size_t buffer_bytes = 1 << 20;

    struct entry {
        std::uint64_t begin;
        std::uint32_t source;       // bytes of the source's name; the text follows it
        bool continues;
    };

    void flush() {
        for (std::string_view left = waiting_; !left.empty();) {
            const detail::file_call call{"write", file_.path(), left};
            const auto done = detail::system_call(call, [&] {
                return ::pwrite(file_.number(), call.bytes.data(), call.bytes.size(), static_cast<off_t>(written_));
            });
            if (done == -1) detail::file_failure("write", file_.path());
            written_ += static_cast<std::uint64_t>(done);
            left.remove_prefix(static_cast<std::size_t>(done));
        }
        waiting_.clear();
    }

    void read(std::uint64_t begin, std::string& to) const {
        for (std::size_t have = 0; have < to.size();) {
            const auto got = detail::system_call({"read", file_.path()}, [&] {
                return ::pread(file_.number(), to.data() + have, to.size() - have, static_cast<off_t>(begin + have));
            });
            if (got <= 0) detail::file_failure("read", file_.path(), got == 0 ? EIO : errno);
            have += static_cast<std::size_t>(got);
        }
    }

    detail::descriptor file_;
    std::vector<entry> entries_;
    std::string waiting_;
    std::uint64_t written_ = 0;
};

}  // namespace stepgpt
