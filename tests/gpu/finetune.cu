#include "../cuda/finetune.cpp"
