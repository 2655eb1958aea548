// What several tests need: a folder that vanishes, and data that may be absent.
#pragma once

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace test {

// A fresh folder, removed with everything in it at the end of the test.
class temporary_folder {
public:
    explicit temporary_folder(const std::filesystem::path& below = std::filesystem::temp_directory_path()) {
        std::string name = (below / "stepgpt-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// A disk in memory, if there is one, for tests that flush files by the thousand.
inline std::filesystem::path fast_disk() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

inline void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Data that lies beside a developer's checkout, not in it. Without it: a message, and the test ends.
inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
    const auto path = std::filesystem::path(STEPGPT_SOURCE_DIR) / ".." / "shared" / "data" / name;
    if (std::filesystem::exists(path)) return path;
    MESSAGE("skipped: ", name, " is not beside this checkout");
    return std::nullopt;
}

}  // namespace test
