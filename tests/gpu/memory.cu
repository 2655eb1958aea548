#include "../cuda/memory.cpp"
