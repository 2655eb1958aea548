// Which sanitizers watch, so that switch.hpp can tell them when the stack changes.
//
// Under -fsanitize=address an access out of bounds stops at its line; under -fsanitize=thread a race between two threads of
// a block names both lines.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define STEPGPT_SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STEPGPT_SIM_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define STEPGPT_SIM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STEPGPT_SIM_TSAN 1
#endif
#endif

#ifdef STEPGPT_SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifdef STEPGPT_SIM_TSAN
#include <sanitizer/tsan_interface.h>
#define STEPGPT_SIM_QUIET __attribute__((no_sanitize_thread))   // the scheduler itself is not under test
#else
#define STEPGPT_SIM_QUIET
#endif
