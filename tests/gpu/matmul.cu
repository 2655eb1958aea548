#include "../cuda/matmul.cpp"
