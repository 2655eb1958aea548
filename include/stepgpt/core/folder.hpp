// Folders that appear as a whole, and the folder a run writes to.
//
//     output_folder out("runs/shakespeare", 2 * bytes);      // ours alone, writable, with room; or an error
//     staged_folder stage(out.path() / "checkpoint-002000");
//     stage.write("config.json", text);                      // into checkpoint-002000.tmp.4711/
//     stage.commit();                                        // now it is there, with everything in it
//
// A process may be killed at any moment: then the name holds what it held before, and the temporary folder is swept
// away by the next output_folder. Not here: what a checkpoint is and how many are kept (train/checkpoint.hpp).
#pragma once

#include <signal.h>
#include <sys/file.h>
#include <sys/statvfs.h>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <stepgpt/core/file.hpp>

namespace stepgpt {

namespace detail {

inline void make_folder(const std::filesystem::path& path) {
    const file_call call{"mkdir", path};
    if (system_call(call, [&] { return ::mkdir(path.c_str(), 0777); }) == -1) file_failure("mkdir", path);
}

// Puts the folder `from` where `to` may already be. An existing folder is exchanged for the new one in a single step
// and is then under the name `from`; where the file system has no such step, it is moved aside for a moment.
inline void put_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (!std::filesystem::exists(to)) return put_file(from, to);
    if (!std::filesystem::is_directory(to)) file_failure("rename", to, ENOTDIR);
    for (const auto& entry : std::filesystem::directory_iterator(to))
        if (!std::filesystem::exists(from / entry.path().filename()))
            throw error({.where = to.string(), .subject = entry.path().filename().string(),
                         .found = "a file that would be lost if this folder were replaced",
                         .hint = "choose another folder, or move that file away"});
#ifdef RENAME_EXCHANGE
    const file_call call{"rename", from, {}, &to};
    if (system_call(call, [&] {
            return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE);
        }) == 0)
        return;
    if (errno != EINVAL && errno != ENOSYS) file_failure("rename", to);
#endif
    auto aside = from;
    aside += ".old";
    put_file(to, aside);
    try {
        put_file(from, to);
    } catch (...) {
        put_file(aside, to);
        throw;
    }
    put_file(aside, from);
}

// Removes what a process that no longer lives (or that had our number) was preparing under this name, and puts back
// what it had moved aside.
inline void sweep(const std::filesystem::path& path) {
    std::string name = path.filename().string();
    const bool aside = name.ends_with(".old");
    if (aside) name.resize(name.size() - 4);
    const auto mark = name.rfind(".tmp.");
    ::pid_t owner = 0;
    if (mark == std::string::npos) return;
    const char *const begin = name.data() + mark + 5, *const end = name.data() + name.size();
    if (std::from_chars(begin, end, owner).ptr != end || owner <= 0) return;
    if (owner != ::getpid() && (::kill(owner, 0) == 0 || errno != ESRCH)) return;   // it lives
    const auto target = path.parent_path() / name.substr(0, mark);
    std::error_code ignored;
    if (aside && !std::filesystem::exists(target)) std::filesystem::rename(path, target, ignored);
    else std::filesystem::remove_all(path, ignored);
}

}  // namespace detail

// A folder in preparation beside `target`. Without commit() nothing is left of it.
class staged_folder {
public:
    explicit staged_folder(std::filesystem::path target)
        : target_(std::filesystem::is_symlink(target) ? std::filesystem::canonical(target) : std::move(target)),
          path_(detail::temporary_name(target_)) {
        detail::make_folder(path_);
    }
    staged_folder(const staged_folder&) = delete;
    staged_folder& operator=(const staged_folder&) = delete;
    ~staged_folder() {
        try {
            std::filesystem::remove_all(path_);
        } catch (...) {        // what stays is swept away by the next run
        }
    }

    const std::filesystem::path& path() const { return path_; }

    // A file in it, flushed: content is bytes or a function that takes an output_file&.
    template <class Content>
    void write(const std::string& name, Content&& content) {
        output_file out(path_ / name);
        if constexpr (std::invocable<Content, output_file&>) content(out);
        else out.write(std::string_view(content));
        out.finish();
    }

    // Moves it to its place; a folder that was there is replaced as a whole.
    void commit() {
        detail::sync_folder(path_);
        detail::put_folder(path_, target_);
        detail::sync_folder(target_.parent_path());
    }

private:
    std::filesystem::path target_, path_;
};

// The folder of a run: made if it is missing, proved writable and roomy enough, and locked against a second process for
// as long as this object lives (a file system without locks is taken as it is). What dead processes left is removed.
class output_folder {
public:
    explicit output_folder(const std::filesystem::path& path, std::uint64_t room = 0) : folder_(made(path)) {
        const int locked = detail::system_call({"flock", path}, [&] {
            return ::flock(folder_.number(), LOCK_EX | LOCK_NB);
        });
        if (locked == -1 && errno == EWOULDBLOCK)
            throw error({.where = path.string(), .found = "a folder in which another process is writing",
                         .wanted = "a folder of its own for each run",
                         .hint = "wait for the other run to end, or choose another output folder"});
        for (const auto& entry : std::filesystem::directory_iterator(path)) detail::sweep(entry.path());
        write_file(path / "probe", "can be written\n");
        std::filesystem::remove(path / "probe");
        expect_room(room);
    }

    const std::filesystem::path& path() const { return folder_.path(); }

    // Throws unless so many bytes are free.
    void expect_room(std::uint64_t bytes) const {
        struct statvfs disk {};
        const int known = detail::system_call({"statvfs", path()}, [&] { return ::statvfs(path().c_str(), &disk); });
        if (known == -1) detail::file_failure("statvfs", path());
        const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
        if (free < bytes)
            throw error({.where = path().string(), .found = std::to_string(free) + " bytes free",
                         .wanted = std::to_string(bytes) + " bytes",
                         .hint = "make room on this disk, write elsewhere, or make the model smaller"});
    }

private:
    static detail::descriptor made(const std::filesystem::path& path) {
        std::error_code code;
        std::filesystem::create_directories(path, code);
        if (code) detail::file_failure("mkdir", path, code.value());
        return {path, O_RDONLY | O_DIRECTORY};
    }

    detail::descriptor folder_;
};

}  // namespace stepgpt
