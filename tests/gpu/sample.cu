#include "../cuda/sample.cpp"
