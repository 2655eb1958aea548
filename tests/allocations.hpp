// How often this program has asked operator new for memory.
#pragma once

#include <cstddef>

namespace test {
std::size_t allocations();
}
