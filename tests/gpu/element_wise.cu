#include "../cuda/element_wise.cpp"
