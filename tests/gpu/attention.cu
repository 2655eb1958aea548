#include "../cuda/attention.cpp"
