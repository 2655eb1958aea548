#include "../cuda/weights.cpp"
