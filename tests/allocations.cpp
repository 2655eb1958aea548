#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> count = 0, doomed = 0;

void* take(std::size_t size, std::size_t alignment) {
    if (++count == doomed) throw std::bad_alloc();
    if (void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment)) return memory;
    throw std::bad_alloc();
}
}  // namespace

std::size_t test::allocations() { return count; }
void test::fail_allocation(std::size_t n) { doomed = n == 0 ? 0 : count + n; }

void* operator new(std::size_t size) { return take(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) { return take(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
