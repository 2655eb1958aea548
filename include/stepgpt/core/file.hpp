// Files that are read with their limits checked and written so that a crash never leaves half of one.
//
//     std::string text = read_file("story.txt", 1 << 30);      // at most 1 GiB
//     mapped_file ids("train.bin");                             // ids.bytes(): read-only, paged in when touched
//     write_file("loss.csv", text);                             // the old file or the new one, never a mixture
//
// Writing is: a temporary name in the same folder, every byte, fsync, close, rename, fsync of the folder. Without the
// first fsync a power cut can leave an empty file under the new name, without the last one no file at all.
// Not here: whole folders that appear at once, and output folders (folder.hpp); what is inside the files (format/).
#pragma once

#include <sys/mman.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/system_call.hpp>

namespace stepgpt {

// A regular file, open for reading at any place. What it says about its size is checked again at every read.
class input_file {
public:
    explicit input_file(const std::filesystem::path& path) : file_(path, O_RDONLY | O_NONBLOCK) {   // pipes do not hang
        const auto status = file_.status();
        if (S_ISDIR(status.st_mode)) detail::file_failure("open", path, EISDIR);
        if (!S_ISREG(status.st_mode))
            throw error({.where = path.string(), .found = "a pipe or a device", .wanted = "a regular file"});
        size_ = static_cast<std::uint64_t>(status.st_size);
    }

    const std::filesystem::path& path() const { return file_.path(); }
    std::uint64_t size() const { return size_; }
    int number() const { return file_.number(); }

    // Fills `to` with the bytes from `offset` on.
    void read(std::uint64_t offset, std::span<std::byte> to) const {
        if (offset > size_ || to.size() > size_ - offset) ends_early(offset, to.size());
        for (std::size_t done = 0; done < to.size();) {
            const auto got = detail::system_call({"read", path()}, [&] {
                return ::pread(number(), to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
            });
            if (got == -1) detail::file_failure("read", path());
            if (got == 0) ends_early(offset + done, to.size() - done);   // it has shrunk since it was opened
            done += static_cast<std::size_t>(got);
        }
    }

    [[noreturn]] void ends_early(std::uint64_t offset, std::uint64_t wanted) const {
        throw error({.where = path().string(), .offset = offset,
                     .found = "a file of " + std::to_string(file_.status().st_size) + " bytes",
                     .wanted = std::to_string(wanted) + " bytes from here on",
                     .hint = "the file is cut short: copy or download it again"});
    }

private:
    detail::descriptor file_;
    std::uint64_t size_ = 0;
};

// The whole file, if it has at most `limit` bytes; memory is taken only after that is known. An empty file gives "".
inline std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
    const input_file in(path);
    if (in.size() > limit)
        throw error({.where = path.string(), .found = std::to_string(in.size()) + " bytes",
                     .wanted = "at most " + std::to_string(limit) + " bytes"});
    std::string bytes(in.size(), '\0');
    in.read(0, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    return bytes;
}

// A file as memory, read-only. A program that lets another one shorten a mapped file is killed by the system, so map
// only what nobody rewrites in place (write_file replaces, which is safe), and call check() before a long walk.
class mapped_file {
public:
    explicit mapped_file(const std::filesystem::path& path) : file_(path) {
        if (file_.size() == 0) throw error({.where = path.string(), .found = "an empty file", .wanted = "data"});
        void* const start = detail::system_call({"mmap", path}, [&] {
            return ::mmap(nullptr, file_.size(), PROT_READ, MAP_SHARED, file_.number(), 0);
        });
        if (start == MAP_FAILED) detail::file_failure("mmap", path);
        bytes_ = {static_cast<const std::byte*>(start), static_cast<std::size_t>(file_.size())};
        struct stat now {};
        if (::fstat(file_.number(), &now) == 0 && now.st_size == static_cast<off_t>(file_.size())) return;
        unmap();
        file_.ends_early(0, file_.size());
    }
    mapped_file(mapped_file&& other) noexcept
        : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}
    mapped_file& operator=(mapped_file&&) = delete;
    ~mapped_file() { unmap(); }

    const std::filesystem::path& path() const { return file_.path(); }
    std::span<const std::byte> bytes() const { return bytes_; }

    // Throws if the file is now shorter than the map.
    void check() const {
        struct stat now {};
        if (::fstat(file_.number(), &now) != 0 || now.st_size < static_cast<off_t>(bytes_.size()))
            file_.ends_early(0, bytes_.size());
    }

private:
    void unmap() {
        if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }

    input_file file_;
    std::span<const std::byte> bytes_;
};

// A new file. It holds what was written only after finish(), which asks the disk and reports what the disk answers.
class output_file {
public:
    explicit output_file(const std::filesystem::path& path) : file_(path, O_WRONLY | O_CREAT | O_EXCL) {}

    void write(const void* data, std::size_t count) {
        for (std::string_view left(static_cast<const char*>(data), count); !left.empty();) {
            const detail::file_call call{"write", file_.path(), left};
            const auto done = detail::system_call(call, [&] {
                return ::write(file_.number(), call.bytes.data(), call.bytes.size());
            });
            if (done == -1) detail::file_failure("write", file_.path());
            left.remove_prefix(static_cast<std::size_t>(done));   // a full disk takes a part first, then says so
        }
    }
    void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }

    void finish() {
        file_.sync();
        file_.close();
    }

private:
    detail::descriptor file_;
};

namespace detail {

inline void put_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    const file_call call{"rename", from, {}, &to};
    if (system_call(call, [&] { return ::rename(from.c_str(), to.c_str()); }) == -1) file_failure("rename", to);
}

// Makes names that came, went or changed in a folder survive a power cut.
inline void sync_folder(const std::filesystem::path& folder) {
    descriptor file(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
    file.sync();
    file.close();
}

// The name under which this process prepares `path`. What is found there was left by a dead process of our number.
inline std::filesystem::path temporary_name(const std::filesystem::path& path) {
    auto name = path;
    name += ".tmp." + std::to_string(::getpid());
    std::error_code none_there;
    std::filesystem::remove_all(name, none_there);
    return name;
}

}  // namespace detail

// Writes a file as a whole: content(output_file&) fills it. After a failure the old file is as it was.
template <class Content>
    requires std::invocable<Content, output_file&>
void write_file(const std::filesystem::path& path, Content&& content) {
    const auto temporary = detail::temporary_name(path);
    try {
        output_file out(temporary);
        content(out);
        out.finish();
        detail::put_file(temporary, path);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
        throw;
    }
    detail::sync_folder(path.parent_path());
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
    write_file(path, [bytes](output_file& out) { out.write(bytes); });
}

}  // namespace stepgpt
