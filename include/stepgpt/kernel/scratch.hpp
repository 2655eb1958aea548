// Working memory of a kernel: it grows to the largest request and is then reused, so a steady-state step allocates nothing.
//
// Ask before a parallel region, on the thread that calls the kernel, and divide among the team what you get: an allocation
// that fails inside a region has nobody to tell. `Owner` is any type that belongs to the kernel alone; two owners never
// share memory. The memory belongs to the calling thread and is returned when that thread ends.
#pragma once

#include <cstddef>
#include <new>

namespace stepgpt::detail {

template <class Real, class Owner>
Real* scratch(std::size_t count) {
    constexpr std::align_val_t cache_line{64};
    static thread_local struct memory {
        Real* data = nullptr;
        std::size_t size = 0;

        ~memory() { release(); }
        void release() {
            ::operator delete(data, cache_line);
            data = nullptr;
            size = 0;
        }
    } kept;
    if (count > kept.size) {
        kept.release();
        kept.data = static_cast<Real*>(::operator new(count * sizeof(Real), cache_line));
        kept.size = count;
    }
    return kept.data;
}

}  // namespace stepgpt::detail
