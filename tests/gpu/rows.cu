#include "../cuda/rows.cpp"
