// Device tags: where tensors live and which loops run on them.
//
// A kernel is a free function whose first argument is one of these tags; layers call it unqualified, so that the tag
// finds it (argument-dependent lookup) wherever it was declared. A kernel that `simd` lacks falls to `cpu`, because
// `simd` derives from it. Not here: any code for a device. `cuda` is completed by the headers in cuda/.
#pragma once

namespace stepgpt {

struct cpu {};          // plain loops, one mathematical operation a line: what one steps through in a debugger
struct simd : cpu {};   // the same results by vector registers and threads: the default
struct cuda;            // an NVIDIA GPU
struct cuda_sim;        // the CUDA kernels, run by fibers on the CPU

// A tensor where the program can read it: itself, unless it lies on a GPU (cuda/tensor.cuh has that case).
template <class Tensor>
const Tensor& on_host(const Tensor& x) {
    return x;
}

}  // namespace stepgpt
