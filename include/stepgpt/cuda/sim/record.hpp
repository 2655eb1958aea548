// What the simulator does while a stream is captured on a GPU: launches are not made but written down, in their order.
//
// Invariant: `record` points to the list of whoever records on this thread, or is null.
#pragma once

#include <functional>
#include <vector>

#include <stepgpt/core/error.hpp>

namespace stepgpt::sim {

using launch_list = std::vector<std::function<void()>>;

inline thread_local launch_list* record = nullptr;

// Makes a launch, or writes it down.
template <class Launch>
void make_or_record(Launch&& launch) {
    if (record) record->push_back(launch);
    else launch();
}

// A number that the program brings or fetches would be that of the day of recording.
inline void expect_not_recording(const char* what) {
    if (record)
        throw error({.where = "cuda_sim", .subject = what, .found = "work that is being recorded",
                     .wanted = "launches, and copies on the device, alone"});
}

}  // namespace stepgpt::sim
