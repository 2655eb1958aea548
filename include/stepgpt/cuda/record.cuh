// Work that is the same every time, recorded once and then replayed: on a GPU a CUDA graph, in the simulator a list of launches.
//
// A training step is a few hundred kernels, and the program needs a few microseconds to start each: a small model waits for
// the program, not for the GPU. A recorded step is started as a whole. A record holds the kernels with their arguments, so
// whatever differs from step to step has to lie in the device's memory (kernel/step_numbers.cuh), and addresses must stay:
// when device memory has been taken or given back since, the record is void.
//
//     repeated_work step;
//     step([&] { launch(...); launch(...); });       // made directly, until it takes no more memory; then recorded; then replayed
//
// Source: NVIDIA, CUDA C++ Programming Guide 13.0, "CUDA Graphs", creating a graph using stream capture.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <stepgpt/cuda/memory.cuh>

namespace stepgpt {
inline namespace STEPGPT_CUDA_FLAVOUR {

#ifdef __CUDACC__

// What work() launches, and does not run yet. It is captured on a stream of its own, since the default one cannot be.
class recorded_work {
public:
    template <class Work>
    explicit recorded_work(Work&& work) {
        cudaStream_t stream{};
        cuda_check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream to record on");
        const stream_handle before = std::exchange(current_stream(), stream);
        cudaGraph_t graph{};
        try {
            cuda_check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "beginning to record");
            work();
        } catch (...) {
            cudaStreamEndCapture(stream, &graph);
            close(before, stream, graph);
            cudaGetLastError();
            throw;
        }
        const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
        const cudaError_t made = ended == cudaSuccess ? cudaGraphInstantiate(&ready_, graph, 0) : ended;
        close(before, stream, graph);
        cuda_check(made, "recording work");
    }
    recorded_work(const recorded_work&) = delete;
    recorded_work& operator=(const recorded_work&) = delete;
    ~recorded_work() { cudaGraphExecDestroy(ready_); }

    void replay() const { cuda_check(cudaGraphLaunch(ready_, current_stream()), "replaying recorded work"); }

private:
    static void close(stream_handle before, cudaStream_t stream, cudaGraph_t graph) {
        current_stream() = before;
        if (graph) cudaGraphDestroy(graph);
        cudaStreamDestroy(stream);
    }

    cudaGraphExec_t ready_{};
};

#else

class recorded_work {
public:
    template <class Work>
    explicit recorded_work(Work&& work) {
        struct stop_recording {
            ~stop_recording() { sim::record = nullptr; }
        } in_the_end;
        sim::record = &launches_;
        work();
    }
    recorded_work(const recorded_work&) = delete;
    recorded_work& operator=(const recorded_work&) = delete;

    void replay() const {
        for (const auto& launch : launches_) launch();
    }

private:
    sim::launch_list launches_;
};

#endif

// Whether work is to be recorded at all: STEPGPT_CUDA_GRAPH=0 makes every launch directly, so that a debugger or
// compute-sanitizer names the line that made it.
inline bool recording_wanted() {
    const char* const said = std::getenv("STEPGPT_CUDA_GRAPH");
    return !said || std::string(said) != "0";
}

class repeated_work {
public:
    // Makes work(), which must launch the same every time. Returns how: directly, or from the record.
    enum class way { directly, replayed };

    template <class Work>
    way operator()(Work&& work) {
        if (!record_ || changes_ != device_memory_changes()) {
            record_.reset();
            const bool settled = changes_ == device_memory_changes();
            if (!settled) {
                work();
                changes_ = device_memory_changes();
                return way::directly;
            }
            record_.emplace(work);
        }
        record_->replay();
        return way::replayed;
    }

private:
    std::optional<recorded_work> record_;
    std::uint64_t changes_ = ~std::uint64_t{0};     // of device memory, when the work was last made directly
};

}  // namespace STEPGPT_CUDA_FLAVOUR
}  // namespace stepgpt
