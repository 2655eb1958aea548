// Memory of the simulated device. As on a GPU, the program cannot follow a pointer into it: outside kernels and copies the
// pages are forbidden, and a line that reads `x.data()[0]` of a tensor on the device stops there with a segmentation fault,
// as it would on a GPU, instead of working here and failing there.
//
// Under AddressSanitizer it is ordinary memory instead, so that every access out of bounds is seen.
// Invariant: `open` counts who may read now (kernels, copies); pages are readable while it is above zero.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

#include <stepgpt/cuda/sim/sanitizers.hpp>

namespace stepgpt::sim {

class device_memory {
public:
    static constexpr std::size_t alignment = 256;   // as cudaMalloc's

    static device_memory& instance() {
        static auto* const memory = new device_memory;   // never freed: tensors of static life may outlive any order of ends
        return *memory;
    }

    void* allocate(std::size_t bytes) {
        const std::size_t wanted = (bytes + alignment - 1) / alignment * alignment;
        const std::lock_guard<std::mutex> guard(mutex_);
        for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
            if (hole->second < wanted) continue;
            char* const place = hole->first;
            const std::size_t rest = hole->second - wanted;
            holes_.erase(hole);
            if (rest > 0) holes_[place + wanted] = rest;
            return taken_[place] = wanted, place;
        }
        if (!base_ || used_ + wanted > room) throw std::bad_alloc();
        char* const place = base_ + used_;
        used_ += wanted;
        protect();
        return taken_[place] = wanted, place;
    }

    void release(void* memory) noexcept {
        const std::lock_guard<std::mutex> guard(mutex_);
        const auto at = taken_.find(static_cast<char*>(memory));
        auto hole = holes_.emplace(at->first, at->second).first;
        taken_.erase(at);
        if (const auto next = std::next(hole); next != holes_.end() && hole->first + hole->second == next->first) {
            hole->second += next->second;
            holes_.erase(next);
        }
        if (hole == holes_.begin()) return;
        if (const auto before = std::prev(hole); before->first + before->second == hole->first) {
            before->second += hole->second;
            holes_.erase(hole);
        }
    }

    void enter() {
        const std::lock_guard<std::mutex> guard(mutex_);
        if (open_++ == 0) protect();
    }
    void leave() {
        const std::lock_guard<std::mutex> guard(mutex_);
        if (--open_ == 0) protect();
    }

private:
    static constexpr std::size_t room = std::size_t{1} << 36;   // of addresses, not of memory

    device_memory() {
        void* const place = ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (place != MAP_FAILED) base_ = static_cast<char*>(place);
    }

    void protect() {
        constexpr std::size_t page = 65536;                     // a multiple of any system's
        if (used_ > 0) ::mprotect(base_, (used_ + page - 1) / page * page, open_ > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
    }

    std::mutex mutex_;
    std::map<char*, std::size_t> taken_, holes_;                // begin, length
    char* base_ = nullptr;
    std::size_t used_ = 0;                                      // bytes that are taken or holes
    int open_ = 0;
};

// While it lives, the memory of the device can be read and written.
class [[maybe_unused]] device_access {
public:
#ifdef STEPGPT_SIM_ASAN
    device_access() = default;
#else
    device_access() { device_memory::instance().enter(); }
    ~device_access() { device_memory::instance().leave(); }
#endif
    device_access(const device_access&) = delete;
    device_access& operator=(const device_access&) = delete;
};

inline void* allocate_on_device(std::size_t bytes) {
#ifdef STEPGPT_SIM_ASAN
    void* const memory = ::operator new(bytes, std::align_val_t{device_memory::alignment});
#else
    void* const memory = device_memory::instance().allocate(bytes);
#endif
    const device_access open;
    std::memset(memory, 0xff, bytes);                           // NaN: what nobody wrote must not look like a number
    return memory;
}

inline void free_on_device(void* memory) noexcept {
#ifdef STEPGPT_SIM_ASAN
    ::operator delete(memory, std::align_val_t{device_memory::alignment});
#else
    device_memory::instance().release(memory);
#endif
}

}  // namespace stepgpt::sim
