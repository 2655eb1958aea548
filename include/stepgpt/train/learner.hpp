// One update of the weights: the heart of training, and what the loop around it repeats.
//
//     for each of `accumulate` batches: loss = model(inputs, targets), gradients += d(loss / accumulate), the first time =
//     norm = || gradients ||;   weights = optimizer(weights, gradients clipped to `clip`, rate of this step)
//
// After the first step it takes no memory: caches, gradients and batches keep their size.
// Not here: where batches come from (batch/loader.hpp), the loop (trainer.hpp); a GPU has a learner of its own
// (cuda/learner.cuh).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/batch/loader.hpp>
#include <stepgpt/kernel/into.hpp>
#include <stepgpt/nn/pass.hpp>
#include <stepgpt/optim/clip.hpp>
#include <stepgpt/optim/optimizer.hpp>
#include <stepgpt/train/doctor.hpp>
#include <stepgpt/train/options.hpp>

namespace stepgpt {

struct step_result {
    double loss = 0;               // mean over the batches of the step, before the update
    double gradient_norm = 0;      // before clipping
    double lr = 0;
    bool updated = true;           // false: loss or gradient was not finite, and the weights are as they were
};

template <class Real, class Device>
optimizer<Real, Device> make_optimizer(const train_options& options, const std::vector<parameter_view<Real>>& all) {
    if (options.optimizer == "sgd")
        return optimizer<Real, Device>(
            sgd<Real, Device>({.momentum = options.beta1, .weight_decay = options.weight_decay}, all));
    return optimizer<Real, Device>(
        adamw<Real, Device>({.beta1 = options.beta1, .beta2 = options.beta2, .weight_decay = options.weight_decay}, all));
}

template <class Model>
class learner {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    learner(Model& model, const train_options& options)
        : model_(model), options_(options), parameters_(stepgpt::parameters(model)),
          rule_(make_optimizer<Real, Device>(options_, parameters_)) {}

    // A step without its end: forward and backward on the next batches, which are given back. It takes the memory that steps
    // need and shows how long they last; weights and moments stay as they are.
    void rehearse(loader& batches) {
        const auto place = batches.position();
        batches.next(inputs_, targets_);
        for (std::size_t i = 0; i < options_.accumulate; ++i) {
            model_.loss(inputs_, targets_, cache_,
                        {.training = true, .seed = options_.seed, .step = 0, .sequences = batches.sequences()});
            model_.backward(inputs_, targets_, cache_, gradients_);
        }
        batches.seek(place);
    }

    // Update number `step` = 0, 1, ... of the run, on the next batches.
    step_result take(std::size_t step, loader& batches) {
        step_result result{.lr = options_.schedule()(step)};
        for (std::size_t i = 0; i < options_.accumulate; ++i) {
            const std::size_t batch = step * options_.accumulate + i;
            batches.next(inputs_, targets_);
            const pass run{.training = true, .seed = options_.seed, .step = static_cast<std::uint32_t>(batch),
                           .sequences = batches.sequences()};
            const double loss = model_.loss(inputs_, targets_, cache_, run);
            model_.backward(inputs_, targets_, cache_, gradients_, 1 / static_cast<double>(options_.accumulate),
                            i == 0 ? into::write : into::add);
            result.loss += loss / static_cast<double>(options_.accumulate);
        }
        result.gradient_norm = gradient_norm(Device{}, parameters_);
        result.updated = std::isfinite(result.loss) && std::isfinite(result.gradient_norm);
        if (result.updated) rule_.step(parameters_, result.lr, clip_scale(result.gradient_norm, options_.clip));
        return result;
    }

    const std::vector<parameter_view<Real>>& parameters() const { return parameters_; }
    optimizer<Real, Device>& rule() { return rule_; }
    typename Model::cache& cache() { return cache_; }      // evaluation may borrow it between steps

private:
    Model& model_;
    train_options options_;
    std::vector<parameter_view<Real>> parameters_;
    optimizer<Real, Device> rule_;
    typename Model::cache cache_;
    typename Model::gradients gradients_;
    token_ids<> inputs_, targets_;              // (B,T)
};

}  // namespace stepgpt
