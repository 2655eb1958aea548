// Dynamic shared memory: as many bytes as the launch asks for, full of NaN before every block. Behind them lies more NaN, which
// under AddressSanitizer is out of bounds: a write there stops at its line.
//
// Not here: arrays of a fixed size, which words.hpp makes of __shared__.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <stepgpt/cuda/sim/sanitizers.hpp>

namespace stepgpt::sim {

class shared_memory {
public:
    // From now on `bytes` of it, which begin at a multiple of 128.
    void resize(std::size_t bytes) {
        open_guard();
        memory_.resize(bytes + 2 * alignment);
#ifdef STEPGPT_SIM_ASAN
        __asan_poison_memory_region(begin() + bytes, static_cast<std::size_t>(memory_.data() + memory_.size() - begin()) - bytes);
#endif
        bytes_ = bytes;
    }
    void fill_with_nan() {
#ifdef STEPGPT_SIM_ASAN
        std::memset(begin(), 0xff, bytes_);
#else
        std::memset(memory_.data(), 0xff, memory_.size());
#endif
    }
    char* begin() {
        const auto start = reinterpret_cast<std::uintptr_t>(memory_.data());
        return reinterpret_cast<char*>((start + alignment - 1) & ~std::uintptr_t{alignment - 1});
    }
    shared_memory() = default;
    shared_memory(const shared_memory&) = delete;
    shared_memory& operator=(const shared_memory&) = delete;
    ~shared_memory() { open_guard(); }

private:
    static constexpr std::size_t alignment = 128;

    void open_guard() {
#ifdef STEPGPT_SIM_ASAN
        __asan_unpoison_memory_region(memory_.data(), memory_.size());
#endif
    }

    std::vector<char> memory_;
    std::size_t bytes_ = 0;
};

}  // namespace stepgpt::sim
