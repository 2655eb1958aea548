// What a block hands on to the next instead of keeping it: results that its way back does not need (the outputs of the last
// products, before they are added to the stream), or makes again at little cost (what the norms and the gate have left).
// A model then holds them once, not once a block: 10 C numbers a position and block instead of 18. On the way back a gradient
// is written over what has been read for the last time: of the gate's input over what the gate left, of ln_f's output over it.
//
// On cpu every block keeps all it has computed, to be looked at in a debugger when the pass is over. On simd the block that
// computed last has them: standing in a block, one sees them all. (On a GPU time is dearer than memory.)
#pragma once

#include <concepts>

#include <stepgpt/core/device.hpp>

namespace stepgpt {

template <class Device>
inline constexpr bool hands_on = std::same_as<Device, simd>;

}  // namespace stepgpt
