// A run that is given a text, or nothing, instead of a data folder keeps its data in its own folder, OUT/data. They are
// written before the run can begin, and taken back if it does not: what was refused leaves nothing behind.
#pragma once

#include <filesystem>
#include <system_error>

#include <stepgpt/core/error.hpp>
#include <stepgpt/train/run_folder.hpp>

class own_data {
public:
    // Throws if `out` holds another run, or data.
    explicit own_data(const std::filesystem::path& out) : out_(out), out_is_new_(!std::filesystem::exists(out)) {
        stepgpt::expect_no_run(out);
        if (std::filesystem::exists(path()))
            throw stepgpt::error({.where = path().string(), .found = "data", .wanted = "no data yet, or --data " + path().string(),
                                  .hint = "another --out begins afresh"});
    }
    own_data(const own_data&) = delete;
    own_data& operator=(const own_data&) = delete;
    ~own_data() {
        if (kept_) return;
        std::error_code ignored;
        std::filesystem::remove_all(path(), ignored);
        if (out_is_new_) std::filesystem::remove(out_, ignored);     // if nothing else has come into it
    }

    std::filesystem::path path() const { return out_ / "data"; }

    // The run begins.
    void keep() { kept_ = true; }

private:
    std::filesystem::path out_;
    bool out_is_new_, kept_ = false;
};
