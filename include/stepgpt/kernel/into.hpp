// Whether a product takes the place of what was there, or is added to it.
#pragma once

namespace stepgpt {

enum class into { write, add };   // C = A B, or C += A B

}  // namespace stepgpt
