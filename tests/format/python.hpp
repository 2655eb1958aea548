// Others' readers as witnesses: a script of tests/pytorch/, run by the Python that STEPGPT_PYTHON names (or python3), which
// needs what tests/pytorch/requirements.txt lists. With STEPGPT_REQUIRE_PYTHON set, their absence is a failure.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "../support.hpp"

namespace test {

// What the script prints, or nothing (and a message) where Python or a package that it needs is missing.
inline std::optional<std::string> run_python(const std::string& packages, const std::string& script,
                                             const std::filesystem::path& folder) {
    const char* const named = std::getenv("STEPGPT_PYTHON");
    const std::string python = named ? named : "python3";
    if (std::system((python + " -c 'import " + packages + "' > /dev/null 2>&1").c_str()) != 0) {
        if (std::getenv("STEPGPT_REQUIRE_PYTHON")) FAIL("no Python with ", packages, " (STEPGPT_PYTHON can name one)");
        MESSAGE("skipped: no Python with ", packages, " (STEPGPT_PYTHON can name one)");
        return std::nullopt;
    }
    const auto file = std::filesystem::path(STEPGPT_SOURCE_DIR) / "tests" / "pytorch" / script;
    const auto said = folder / "python.txt";
    const auto quoted = [](const std::filesystem::path& path) { return " '" + path.string() + "'"; };
    const int code = std::system((python + quoted(file) + quoted(folder) + " > " + quoted(said) + " 2>&1").c_str());
    const auto text = read(said);
    CAPTURE(text);
    REQUIRE(code == 0);
    return text;
}

}  // namespace test
