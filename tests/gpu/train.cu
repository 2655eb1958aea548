#include "../cuda/train.cpp"
