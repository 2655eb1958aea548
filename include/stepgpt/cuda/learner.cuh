// One update of the weights on a GPU, or on its simulator: what train/learner.hpp does, without a word back on the way.
//
// Loss, gradient norm and clipping stay on the device, where the update reads them; of a step two numbers come back, in the
// end. So a step is one sequence of launches that never differs, and it is recorded and replayed (cuda/record.cuh), unless
// rows are cut anew in every batch (nn/pass.hpp: sequences), somebody looks inside (core/trace.hpp), or STEPGPT_CUDA_GRAPH=0.
// Several batches of an update are replays of their own; in bf16 their gradients are added up in float.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <stepgpt/core/trace.hpp>
#include <stepgpt/cuda/record.cuh>
#include <stepgpt/cuda/tensor.cuh>
#include <stepgpt/kernel/classifier.cuh>
#include <stepgpt/kernel/optimizer.cuh>
#include <stepgpt/train/learner.hpp>

namespace stepgpt {

template <class Model>
    requires std::same_as<typename Model::device, gpu>
class learner<Model> {
public:
    using Real = typename Model::real;
    using Device = gpu;
    using Sum = accumulator<Real>;

    bool records = recording_wanted();      // false: every launch directly

    learner(Model& model, const train_options& options)
        : model_(model), options_(options), parameters_(stepgpt::parameters(model)),
          rule_(make_optimizer<Real, Device>(options_, parameters_)) {
        std::vector<optimized<Real>> weights = rule_.with_rule([&](auto& rule) {
            const auto all = rule.weights(parameters_);
            return std::vector<optimized<Real>>(all.begin(), all.end());
        });
        if (sums_in_float())
            for (auto& w : weights) w.sum = sums_.emplace_back(w.size).data();
        table_.write(weights);
    }

    void rehearse(loader& batches) {
        const auto place = batches.position();
        for (std::size_t i = 0; i < options_.accumulate; ++i) {
            bring(batches, 0, i == 0);
            pass_through(batches.sequences(), into::write);
        }
        device_wait();
        batches.seek(place);
    }

    step_result take(std::size_t step, loader& batches) {
        step_result result{.lr = options_.schedule()(step)};
        bring_update(result.lr);
        for (std::size_t i = 0; i < options_.accumulate; ++i) {
            const bool first = i == 0, last = i + 1 == options_.accumulate;
            bring(batches, step * options_.accumulate + i, first);
            const auto work = [&] {
                pass_through(batches.sequences(), first || sums_in_float() ? into::write : into::add);
                if (last) update();
            };
            if (records && batches.sequences().empty() && !tracing()) repeated_[first][last](work);
            else work();
        }
        update_numbers<Sum> done;
        to_host(Device{}, update_.data(), &done, 1);
        result.loss = done.loss;
        result.gradient_norm = done.norm;
        result.updated = done.learns != 0;
        if (result.updated) rule_.set_t(rule_.t() + 1);
        return result;
    }

    const std::vector<parameter_view<Real>>& parameters() const { return parameters_; }
    optimizer<Real, Device>& rule() { return rule_; }
    typename Model::cache& cache() { return cache_; }

private:
    bool sums_in_float() const { return !std::same_as<Real, Sum> && options_.accumulate > 1; }

    // The next batch, and what is its own, on the device.
    void bring(loader& batches, std::size_t batch, bool first) {
        batches.next(inputs_, targets_);
        model_.embed.take(inputs_, cache_.embed);
        model_.criterion.take(targets_, model_.config.vocab_size, cache_.criterion);
        const auto asked = static_cast<double>(cache_.criterion.count), count = static_cast<double>(options_.accumulate);
        const batch_numbers<Sum> numbers{.step = static_cast<std::uint32_t>(batch), .first = first,
                                         .dloss = static_cast<Sum>(asked > 0 ? 1 / count / asked : 0), .asked = asked,
                                         .batches = count};
        to_device(Device{}, &numbers, batch_.data(), 1);
    }

    // The numbers of the step that is to come.
    void bring_update(double lr) {
        auto numbers = rule_.with_rule(
            [&](auto& rule) { return numbers_of<Sum>(rule.numbers(lr, 1, rule_.t() + 1), rule_.t() + 1); });
        numbers.clip = options_.clip;
        to_device(Device{}, &numbers, update_.data(), 1);
    }

    // Forward, loss and backward of the batch that lies there.
    void pass_through(std::span<const std::size_t> sequences, into how) {
        const pass run{.training = true, .seed = options_.seed, .step_there = &batch_.data()->step, .sequences = sequences};
        auto& asked = cache_.criterion;
        const std::size_t rows = cache_.embed.ids.size();
        Real* const logits = model_.forward(cache_, run).size() ? cache_.logits.data() : nullptr;   // (rows,V)
        cross_entropy_in_place(Device{}, logits, asked.targets.data(), asked.losses.data(), &batch_.data()->dloss, rows,
                               model_.config.vocab_size);
        trace("cross_entropy", "losses", asked.losses);
        trace("logits", "grad", cache_.logits);
        launch(note_losses<Sum>, 1, threads_of_one_block(rows), 0, asked.losses.data(), rows, batch_.data(), update_.data());
        model_.backward_from_logits(cache_, gradients_, how);
        if (sums_in_float()) add_gradients<Real>(Device{}, table_, batch_.data());
    }

    void update() {
        note_gradient_norm<Real>(Device{}, table_, update_.data());
        rule_.with_rule([&](auto& rule) {
            using step = decltype(rule.numbers(0, 1, 1));
            update_all<Real>(static_cast<const step*>(nullptr), table_, update_.data());
        });
    }

    Model& model_;
    train_options options_;
    std::vector<parameter_view<Real>> parameters_;
    optimizer<Real, Device> rule_;
    typename Model::cache cache_;
    typename Model::gradients gradients_;
    token_ids<> inputs_, targets_;                      // (B,T)

    weight_table<Real> table_;                          // what learns, as launches need it
    std::vector<device_buffer<Sum>> sums_;              // of gradients of several batches, if Real is too narrow for them
    device_buffer<batch_numbers<Sum>> batch_{1};
    device_buffer<update_numbers<Sum>> update_{1};
    repeated_work repeated_[2][2];                      // [is it the first batch of an update][is it the last]
};

}  // namespace stepgpt
