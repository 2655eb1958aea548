// Where the time goes: every fast kernel says its name, the operations it makes and the bytes it must move at least.
//
// It costs one test of a pointer a kernel while nobody measures.
//
//     profile where;
//     {
//         const profiling until_here(&where);            // of the kernels that this thread calls
//         model.loss(ids, targets, cache);
//     }
//     for (const profile_line& line : where.lines()) ... // line.seconds, line.operations / line.seconds, ...
//
// Bytes are counted once for every number read or written, as if caches were perfect; operations are additions and
// multiplications of the products, and 0 for kernels that only pass over memory.
// Not here: what the machine could do (core/machine.hpp) and the table of the two (report/profile_table.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <vector>

namespace stepgpt {

struct profile_line {
    const char* name = "";
    std::size_t calls = 0;
    double seconds = 0, operations = 0, bytes = 0;
};

class profile {
public:
    using clock = std::chrono::steady_clock;

    static double seconds_since(clock::time_point start) {
        return std::chrono::duration<double>(clock::now() - start).count();
    }

    void add(const char* name, double seconds, double operations, double bytes) {
        profile_line& line = line_named(name);
        ++line.calls;
        line.seconds += seconds;
        line.operations += operations;
        line.bytes += bytes;
    }
    void add_block(double seconds) {
        ++blocks_;
        seconds_ += seconds;
    }

    const std::vector<profile_line>& lines() const { return lines_; }   // in the order of their first call
    std::size_t blocks() const { return blocks_; }                      // how often `profiling` has measured
    double seconds() const { return seconds_; }                         // of them all, in kernels and between them

private:
    profile_line& line_named(const char* name) {
        for (profile_line& line : lines_)
            if (std::strcmp(line.name, name) == 0) return line;
        return lines_.emplace_back(profile_line{.name = name});
    }

    std::vector<profile_line> lines_;
    std::size_t blocks_ = 0;
    double seconds_ = 0;
};

namespace detail {
inline thread_local profile* current_profile = nullptr;   // null: nobody measures
}  // namespace detail

// Measures into `where` until the end of the block; null: nothing is measured.
class profiling {
public:
    explicit profiling(profile* where) : before_(detail::current_profile), began_(profile::clock::now()) {
        detail::current_profile = where;
    }
    profiling(const profiling&) = delete;
    profiling& operator=(const profiling&) = delete;
    ~profiling() {
        if (detail::current_profile) detail::current_profile->add_block(profile::seconds_since(began_));
        detail::current_profile = before_;
    }

private:
    profile* before_;
    profile::clock::time_point began_;
};

// A kernel's first line: measures it to its end. `name` must outlive the profile: a literal.
class timed {
public:
    timed(const char* name, double operations, double bytes)
        : profile_(detail::current_profile), name_(name), operations_(operations), bytes_(bytes) {
        if (profile_) began_ = profile::clock::now();
    }
    timed(const timed&) = delete;
    timed& operator=(const timed&) = delete;
    ~timed() {
        if (profile_) profile_->add(name_, profile::seconds_since(began_), operations_, bytes_);
    }

private:
    profile* profile_;
    const char* name_;
    double operations_, bytes_;
    profile::clock::time_point began_;
};

// A kernel that passes over so many numbers, read or written.
template <class Real>
timed timed_pass(const char* name, std::size_t numbers) {
    return timed(name, 0, static_cast<double>(numbers * sizeof(Real)));
}

// A product (M,K) (K,N) -> (M,N); `more` numbers are read or written beside the three matrices.
template <class Real>
timed timed_product(const char* name, std::size_t M, std::size_t N, std::size_t K, std::size_t more = 0) {
    const auto m = static_cast<double>(M), n = static_cast<double>(N), k = static_cast<double>(K);
    return timed(name, 2 * m * n * k, (m * k + k * n + m * n + static_cast<double>(more)) * sizeof(Real));
}

}  // namespace stepgpt
