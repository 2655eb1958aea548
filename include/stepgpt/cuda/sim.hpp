// Runs CUDA kernels on the CPU, with no CUDA toolkit: the device `cuda_sim`.
//
// One fiber (a function with its own stack) for each CUDA thread, one block at a time, all on the thread of the program
// that launches. A fiber runs until it meets a barrier or a shuffle; then the scheduler picks the next one, in an order that
// is an option, because the order decides which bugs show. A kernel that is right gives the same bits in every order.
//
// It sees: missing and divergent barriers, lanes that are not there, shared memory nobody wrote, results that depend on the
// order of threads or blocks; with sanitizers, every access out of bounds. It does not see: the memory model, what streams
// do side by side, bank conflicts, speed.
//
// Reached through cuda/launch.cuh. Never in a file that has CUDA's own headers: it takes their place.
#pragma once

#if defined(__CUDACC__) || defined(__VECTOR_TYPES_H__)
#error "stepgpt/cuda/sim.hpp takes the place of CUDA's headers: include it in a plain C++ file without them"
#endif

#include <stepgpt/cuda/sim/barrier.hpp>      // what a kernel calls to wait
#include <stepgpt/cuda/sim/fiber.hpp>        // a thread, a warp, a block
#include <stepgpt/cuda/sim/intrinsics.hpp>   // shuffles, votes, atomics
#include <stepgpt/cuda/sim/memory.hpp>       // the device's, which the program cannot read
#include <stepgpt/cuda/sim/options.hpp>      // schedules
#include <stepgpt/cuda/sim/record.hpp>       // launches written down, to be made later
#include <stepgpt/cuda/sim/sanitizers.hpp>   // telling ASan and TSan about stacks
#include <stepgpt/cuda/sim/scheduler.hpp>    // who runs next
#include <stepgpt/cuda/sim/shared_memory.hpp>  // dynamic, guarded
#include <stepgpt/cuda/sim/stack.hpp>        // a fiber's stack, and how to change it
#include <stepgpt/cuda/sim/switch.hpp>       // from the scheduler into a fiber and back
#include <stepgpt/cuda/sim/words.hpp>        // __global__, dim3, threadIdx
