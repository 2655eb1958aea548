// Requests to the operating system about files, in one place: each is made again when a signal interrupts it, each
// failure is told with the call and the file in it, and tests can watch the calls or let any of them fail.
//
// Not here: what one wants files for (file.hpp, folder.hpp).
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/error.hpp>

namespace stepgpt::detail {

// One request to the operating system about a file. All of ours pass through `system_call`, where tests watch them and
// let the N-th one fail: `file_fault` returns the errno of a call that is then not made (0: make it), or shortens a
// write.
struct file_call {
    const char* name;                                  // "open", "write", ...
    const std::filesystem::path& path;
    mutable std::string_view bytes = {};               // of a write
    const std::filesystem::path* target = nullptr;     // of a rename
};
inline std::function<int(const file_call&)> file_fault;

// Makes the call, again while a signal interrupts it. A result of -1 is a failure, told by errno.
template <class Call>
auto system_call(const file_call& what, Call&& call) {
    using result = decltype(call());
    for (;;) {
        const int fault = file_fault ? file_fault(what) : 0;
        errno = fault;
        const result got = fault == 0 ? call() : result(-1);
        if (got != result(-1) || errno != EINTR) return got;
    }
}

[[noreturn]] inline void file_failure(const char* call, const std::filesystem::path& path, int code = errno) {
    const auto hint = [code] {
        switch (code) {
            case ENOENT: return "check the spelling; a relative path starts at the folder the program was started in";
            case EACCES: case EPERM: return "look at owner and permissions with ls -l";
            case EISDIR: return "a folder was given where a file is needed";
            case ENOTDIR: return "a file was given where a folder is needed";
            case ENOSPC: case EDQUOT: return "the disk (or your share of it) is full: make room or write elsewhere";
            case EROFS: return "this file system is mounted read-only: write elsewhere";
            case EFBIG: return "the file would be larger than allowed here (ulimit -f, or the kind of file system)";
            case EIO: return "the disk itself reports a fault: look at dmesg, and save what matters elsewhere";
            case EMFILE: case ENFILE: return "too many open files (ulimit -n)";
            default: return "";
        }
    }();
    throw error({.where = path.string(), .found = std::string(std::strerror(code)) + " (" + call + ")", .hint = hint});
}

// An open file or folder, closed at the end of the block.
class descriptor {
public:
    descriptor(std::filesystem::path path, int flags) : path_(std::move(path)) {
        number_ = system_call({"open", path_}, [&] { return ::open(path_.c_str(), flags | O_CLOEXEC, 0666); });
        if (number_ == -1) file_failure("open", path_);
    }
    descriptor(descriptor&& other) noexcept
        : path_(std::move(other.path_)), number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor() {
        if (number_ != -1) ::close(number_);
    }

    int number() const { return number_; }
    const std::filesystem::path& path() const { return path_; }

    struct stat status() const {
        struct stat s {};
        if (system_call({"fstat", path_}, [&] { return ::fstat(number_, &s); }) == -1) file_failure("fstat", path_);
        return s;
    }

    void sync() const {
        const int done = system_call({"fsync", path_}, [&] { return ::fsync(number_); });
        if (done == -1 && errno != EINVAL) file_failure("fsync", path_);   // EINVAL: a file system that cannot
    }

    void close() {   // after this the number is gone, whatever close says, so it is never asked twice
        int done = ::close(std::exchange(number_, -1));
        if (done == -1 && errno == EINTR) done = 0;
        if (system_call({"close", path_}, [done] { return done; }) == -1) file_failure("close", path_);
    }

private:
    std::filesystem::path path_;
    int number_;
};

}  // namespace stepgpt::detail
