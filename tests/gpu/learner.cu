#include "../cuda/learner.cpp"
