// The numbers of a run, one line a logged step: log.csv.
//
//     run_log log("runs/a/log.csv");                         // a new run
//     run_log log("runs/a/log.csv", 2000);                   // goes on after step 2000: later rows are cut off
//     log.write({.step = 10, .tokens = 7680, .train = 3.91, .lr = 1e-4});
//     auto rows = read_run_log("runs/a/log.csv");
//
// A row is one request to the system, so a killed run leaves whole lines; what has no newline at its end does not
// count. Numbers have as many digits as they need to come back as the same bits. An empty field: not measured.
// Writing a row takes no memory. Not here: pictures of the numbers (line_chart.hpp, html.hpp).
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>

namespace stepgpt {

struct run_row {
    std::size_t step = 0;                              // updates taken
    std::size_t tokens = 0;                            // seen since the beginning
    std::optional<double> train = {};                  // mean loss since the last row, nats a token
    std::optional<double> val = {};                    // loss on the validation split
    std::optional<double> lr = {};
    std::optional<double> grad_norm = {};              // before clipping
    std::optional<double> update_ratio = {};           // |update| / |weights|, over all of them
    std::optional<double> tokens_per_second = {};
    std::optional<double> ms = {};                     // a step

    friend bool operator==(const run_row&, const run_row&) = default;
};

inline constexpr std::string_view run_log_header =
    "step,tokens,train,val,lr,grad_norm,update_ratio,tokens_per_second,ms\n";

namespace detail {

inline constexpr std::array measured_columns = {
    std::pair{"train", &run_row::train},
    std::pair{"val", &run_row::val},
    std::pair{"lr", &run_row::lr},
    std::pair{"grad_norm", &run_row::grad_norm},
    std::pair{"update_ratio", &run_row::update_ratio},
    std::pair{"tokens_per_second", &run_row::tokens_per_second},
    std::pair{"ms", &run_row::ms},
};

// Takes the fields of one line from left to right.
class csv_line {
public:
    csv_line(std::string_view line, const std::string& where, std::uint64_t number)
        : whole_(line), left_(line), where_(where), number_(number) {}

    std::size_t count(const char* column) {
        const auto field = next(column);
        std::size_t value = 0;
        const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (field.empty() || code != std::errc() || end != field.data() + field.size())
            fail(column, "'" + std::string(field) + "'", "a whole number");
        return value;
    }

    std::optional<double> number(const char* column) {
        const auto field = next(column);
        if (field.empty()) return {};
        double value = 0;
        const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (code != std::errc() || end != field.data() + field.size())
            fail(column, "'" + std::string(field) + "'", "a number, or nothing");
        return value;
    }

    void end() const {
        if (!ended_) fail("", "a line of more than 9 fields", "9 fields");
    }

    [[noreturn]] void fail(const char* column, const std::string& found, const std::string& wanted) const {
        throw error({.where = where_, .line = number_, .subject = column, .found = found, .wanted = wanted,
                     .hint = "only run_log writes this file: mend that line, or move the file away"});
    }

private:
    std::string_view next(const char* column) {
        if (ended_) fail(column, "a line of too few fields: " + std::string(whole_), "9 fields");
        const auto comma = left_.find(',');
        const auto field = left_.substr(0, comma);
        ended_ = comma == std::string_view::npos;
        left_.remove_prefix(ended_ ? left_.size() : comma + 1);
        return field;
    }

    std::string_view whole_, left_;
    const std::string& where_;
    std::uint64_t number_;
    bool ended_ = false;
};

// Gives each row and the offset at which its line ends to `take`, until that says false.
inline void parse_run_log(std::string_view text, const std::string& where,
                          const std::function<bool(const run_row&, std::size_t)>& take) {
    if (text.substr(0, run_log_header.size()) != run_log_header)
        throw error({.where = where, .line = 1, .found = "'" + std::string(text.substr(0, text.find('\n'))) + "'",
                     .wanted = "the columns " + std::string(run_log_header.substr(0, run_log_header.size() - 1)),
                     .hint = "this is not the log of a run, or of another version: move it away"});
    std::optional<std::size_t> before;
    std::uint64_t number = 2;
    for (std::size_t begin = run_log_header.size(), end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
        csv_line line(text.substr(begin, end - begin), where, number++);
        run_row row{.step = line.count("step"), .tokens = line.count("tokens")};
        for (const auto& [name, member] : measured_columns) row.*member = line.number(name);
        line.end();
        if (before && row.step <= *before)
            line.fail("step", std::to_string(row.step) + " after " + std::to_string(*before), "steps that increase");
        before = row.step;
        if (!take(row, end + 1)) return;
    }
}

}  // namespace detail

// The rows of a log. Throws, with the line, on whatever run_log would not have written.
inline std::vector<run_row> read_run_log(const std::filesystem::path& path) {
    std::vector<run_row> rows;
    detail::parse_run_log(read_file(path, 1 << 30), path.string(), [&](const run_row& row, std::size_t) {
        rows.push_back(row);
        return true;
    });
    return rows;
}

class run_log {
public:
    // A new log in the place of any other.
    explicit run_log(const std::filesystem::path& path) : file_((write_file(path, run_log_header), open(path))) {}

    // The log of a run that goes on: rows after `step` are cut off, since they will be written again. A log that has
    // been lost begins anew.
    run_log(const std::filesystem::path& path, std::size_t step) : file_((cut(path, step, last_), open(path))) {}

    void write(const run_row& row) {
        if (last_ && row.step <= *last_)
            throw error({.where = file_.path().string(), .subject = "step",
                         .found = std::to_string(row.step) + " after " + std::to_string(*last_),
                         .wanted = "steps that increase"});
        last_ = row.step;
        std::array<char, 320> line;             // 2 counts of 20 digits, 7 numbers of 24 characters, and a comma after each
        char* to = line.data();
        const auto put = [&](auto value) { to = std::to_chars(to, line.data() + line.size() - 1, value).ptr; };
        put(row.step), *to++ = ',', put(row.tokens);
        for (const auto& [name, member] : detail::measured_columns) {
            *to++ = ',';
            if (row.*member) put(*(row.*member));
        }
        *to++ = '\n';
        append({line.data(), static_cast<std::size_t>(to - line.data())});
    }

    // Makes the rows survive a power cut; for the moment a checkpoint is taken.
    void sync() const { file_.sync(); }

private:
    static detail::descriptor open(const std::filesystem::path& path) { return {path, O_WRONLY | O_APPEND}; }

    static void cut(const std::filesystem::path& path, std::size_t step, std::optional<std::size_t>& last) {
        if (!std::filesystem::exists(path)) return write_file(path, run_log_header);
        const auto text = read_file(path, 1 << 30);
        std::size_t kept = run_log_header.size();
        detail::parse_run_log(text, path.string(), [&](const run_row& row, std::size_t end) {
            if (row.step > step) return false;
            kept = end;
            last = row.step;
            return true;
        });
        write_file(path, std::string_view(text).substr(0, kept));
    }

    void append(std::string_view left) {
        while (!left.empty()) {
            const detail::file_call call{"write", file_.path(), left};
            const auto done = detail::system_call(call, [&] {
                return ::write(file_.number(), call.bytes.data(), call.bytes.size());
            });
            if (done == -1) detail::file_failure("write", file_.path());
            left.remove_prefix(static_cast<std::size_t>(done));
        }
    }

    std::optional<std::size_t> last_;           // before file_: opening a log finds it
    detail::descriptor file_;
};

}  // namespace stepgpt
