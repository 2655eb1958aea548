// What came of a training run: how it ended, and its losses. Not here: the run itself (trainer.hpp), what is kept of it
// (run_folder.hpp).
#pragma once

#include <cstddef>

#include <stepgpt/train/evaluate.hpp>

namespace stepgpt {

enum class outcome { finished, interrupted, diverged, unsaved };

struct train_result {
    outcome how = outcome::finished;
    int signal = 0;                        // that interrupted the run
    std::size_t steps = 0;                 // taken
    double first_loss = 0, last_loss = 0;  // of training; the last one a mean of 50 steps
    evaluation validation;                 // the last one
    double best_loss = 0;                  // the best one
    std::size_t best_step = 0;
    double seconds = 0;                    // of this process
};

}  // namespace stepgpt
