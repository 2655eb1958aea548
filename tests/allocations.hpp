// How often this program has asked operator new for memory, and a way to refuse it.
#pragma once

#include <cstddef>

namespace test {
std::size_t allocations();
void fail_allocation(std::size_t n);      // the n-th one from now on throws bad_alloc; 0: none
}
