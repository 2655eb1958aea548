// A fiber's stack, and how to leave one stack for another.
//
// On x86-64 a switch is a dozen instructions. Elsewhere, or with STEPGPT_SIM_UCONTEXT, it is POSIX's swapcontext, which
// makes a system call each time.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <utility>

#include <stepgpt/cuda/sim/sanitizers.hpp>

#if defined(__x86_64__) && defined(__ELF__) && !defined(STEPGPT_SIM_UCONTEXT)
#define STEPGPT_SIM_ASM 1
#else
#include <ucontext.h>
#endif

namespace stepgpt::sim {

#ifdef STEPGPT_SIM_ASM
// Saves the registers that a called function must keep on this stack, remembers it in *save, goes on upon the stack `load`.
__attribute__((naked, noinline)) STEPGPT_SIM_QUIET inline void switch_stack(void** /*save*/, void* /*load*/) {
    asm("pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
        "movq %rsp, (%rdi)\n movq %rsi, %rsp\n"
        "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret\n");
}
#endif

// The page below it is forbidden: a kernel that overflows its stack stops at the guilty line with a segmentation fault
// instead of damaging its neighbour. Pages that are never touched cost nothing.
class stack_memory {
public:
    stack_memory() = default;
    stack_memory(stack_memory&& other) noexcept
        : base_(std::exchange(other.base_, nullptr)), mapped_(std::exchange(other.mapped_, 0)), guard_(other.guard_) {}
    stack_memory& operator=(stack_memory&& other) noexcept {
        std::swap(base_, other.base_);
        std::swap(mapped_, other.mapped_);
        std::swap(guard_, other.guard_);
        return *this;
    }
    ~stack_memory() { release(); }

    void reserve(std::size_t bytes) {
        if (base_ && bytes <= size()) return;
        release();
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t wanted = (bytes + page - 1) / page * page + page;
        void* const memory = ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        base_ = static_cast<char*>(memory);
        mapped_ = wanted;
        guard_ = page;
        ::mprotect(base_, guard_, PROT_NONE);
    }

    char* bottom() const { return base_ + guard_; }
    char* top() const { return base_ + mapped_; }
    std::size_t size() const { return mapped_ - guard_; }

private:
    void release() {
        if (base_) ::munmap(std::exchange(base_, nullptr), std::exchange(mapped_, 0));
    }

    char* base_ = nullptr;
    std::size_t mapped_ = 0, guard_ = 0;
};

}  // namespace stepgpt::sim
