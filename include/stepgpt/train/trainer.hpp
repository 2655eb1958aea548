// The loop: batches -> updates -> now and then a checkpoint, an evaluation and a look at what the model writes.
//
//     trainer run(model, data, options, "out/my-model");
//     run.train();
//
// It tells what it does (journal.hpp), asks the doctor (doctor.hpp), saves before it evaluates, and finishes the step and
// saves when Ctrl-C asks it to stop. An update is learner.hpp's; what is on disk is run_folder.hpp's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/generate/generate.hpp>
#include <stepgpt/train/banner.hpp>
#include <stepgpt/train/doctor.hpp>
#include <stepgpt/train/evaluate.hpp>
#include <stepgpt/train/journal.hpp>
#include <stepgpt/train/learner.hpp>
#include <stepgpt/train/run_folder.hpp>
#include <stepgpt/train/signals.hpp>
#include <stepgpt/train/train_result.hpp>

namespace stepgpt {

template <class Model>
class trainer {
public:
    using Device = typename Model::device;
    using clock = std::chrono::steady_clock;

    std::vector<reference> references;                                        // beside the counted baselines
    std::function<void(const Model&, std::size_t step)> after_evaluation;     // whatever else should happen then
    bool quiet = false;                                                       // print nothing
    profile* where = nullptr;                                                 // if set: steps are measured into it
    json parent;                                                              // the model these weights come from, if any

    // A run from its beginning. An empty `out` keeps nothing.
    trainer(Model& model, const data_folder& data, const train_options& options, const std::filesystem::path& out = {})
        : model_(model), data_(data), options_(options), learner_(model, options), batches_(make_loader(data.train)) {
        check(options_);
        if (options_.row_length(model_.config) > model_.config.block_size)
            throw error({.where = "training options", .subject = "window", .found = std::to_string(options_.window),
                         .wanted = "at most the model's block_size = " + std::to_string(model_.config.block_size)});
        if (data_.val_roles) questions_.emplace(data_.val, *data_.val_roles, options_.row_length(model_.config));
        else expect_window(data_.val, options_.row_length(model_.config));
        if (model_.config.vocab_size != data_.text.vocab_size())
            throw error({.where = data_.path.string(),
                         .found = "a vocabulary of " + std::to_string(data_.text.vocab_size()) + " tokens",
                         .wanted = "the model's " + std::to_string(model_.config.vocab_size),
                         .hint = "prepare the text with the model's own tokenizer"});
        if (out.empty()) return;
        folder_.emplace(out, model_, data_, options_, false);
        journal_.keep_in(out, 0);
    }

    // The same, or a run that goes on from the newest checkpoint; programs that never do need not compile what it takes.
    trainer(Model& model, const data_folder& data, const train_options& options, const std::filesystem::path& out, bool resume)
        : trainer(model, data, options, resume ? std::filesystem::path() : out) {
        if (!resume || out.empty()) return;
        folder_.emplace(out, model_, data_, options_, true);
        state_ = folder_->load(learner_, [this](const error& e) { journal_.say(std::string("passed over ") + e.what()); });
        saved_ = state_.step;
        batches_.seek(state_.batches);
        journal_.keep_in(out, state_.step);
    }

    train_result train() {
        const auto began = clock::now();
        journal_.quiet = quiet;
        stop_on_signal listening;
        introduce(journal_, model_, data_, options_, references);
        measure_speed();
        if (state_.step > 0) judge();                     // what an interrupted run may not have come to
        int bad_steps = 0;
        while (state_.step < options_.steps && !stop_requested() && bad_steps < 3) {
            const auto before = clock::now();
            const step_result step = take_step();
            if (step.updated) {
                bad_steps = 0;
                ++state_.step;
                state_.batches = batches_.position();
                note(step, seconds_since(before));
                if (state_.step % options_.checkpoint_every() == 0) save();
                if (state_.step % options_.eval_every == 0 || state_.step == options_.steps) judge();
                else journal_.step(report(), tokens_a_step() * state_.step);
            } else {
                ++bad_steps;
                ++state_.skipped;
                journal_.remark("step " + std::to_string(state_.step) + ": " + blame(step) + "; update skipped");
            }
        }
        return close(bad_steps, seconds_since(began));
    }

private:
    loader make_loader(const token_shards& ids) const {
        const std::size_t B = options_.batch_size, T = options_.row_length(model_.config);
        if (data_.train_roles) return loader(ids, *data_.train_roles, B, T, options_.seed);
        if (options_.document_end < 0) return loader(ids, B, T, options_.seed, window_order::shuffled_windows);
        return loader(ids, B, T, options_.seed, options_.document_end);
    }

    static double seconds_since(clock::time_point start) {
        return std::chrono::duration<double>(clock::now() - start).count();
    }

    // Two rehearsals: the first takes memory, the second is timed. Nothing of them remains.
    void measure_speed() {
        learner_.rehearse(batches_);
        const auto start = clock::now();
        learner_.rehearse(batches_);
        seconds_a_step_ = seconds_since(start);
        const double left = seconds_a_step_ * static_cast<double>(options_.steps - state_.step);
        journal_.fact("time", "about " + detail::clock_time(left) + " for " + std::to_string(options_.steps - state_.step) +
                                  " steps, without evaluations; memory " + byte_count(peak_memory()));
        journal_.expect(options_.steps);
        losses_.reserve(window);
    }

    step_result take_step() {
        const profiling until_it_is_done(where);
        return learner_.take(state_.step, batches_);
    }

    void note(const step_result& step, double seconds) {
        seconds_a_step_ += (seconds - seconds_a_step_) / std::min<double>(static_cast<double>(++timed_), 50);
        if (losses_.size() < window) losses_.push_back(step.loss);
        else losses_[state_.step % window] = step.loss;
        if (state_.step == 1) {
            result_.first_loss = step.loss;
            journal_.say(detail::sentence("step 1    loss %.4f, ln V %.4f", step.loss,
                                          std::log(static_cast<double>(model_.config.vocab_size))));
            journal_.remark(doubt_first_loss(step.loss, model_.config.vocab_size));
        }
        if (state_.step == 50) journal_.remark(doubt_leak(mean_loss(), state_.step, data_.train.size()));
        if (state_.step == 200) journal_.remark(doubt_progress(mean_loss(), model_.config.vocab_size, state_.step));
        last_ = step;
    }

    // A disk that is full now need not be in ten minutes: the run goes on, and the next checkpoint tries again.
    void save() {
        if (!folder_ || saved_ == state_.step) return;
        try {
            folder_->save(state_, learner_);
            saved_ = state_.step;
        } catch (const error& e) {
            journal_.remark(std::string("this checkpoint could not be saved: ") + e.what());
        }
    }

    void judge() {
        save();                                           // first: an evaluation may run out of memory
        const std::size_t B = options_.batch_size, T = options_.row_length(model_.config);
        result_.validation = questions_ ? evaluate(model_, *questions_, B, T, learner_.cache())
                                        : evaluate(model_, data_.val, B, learner_.cache(), options_.document_end, T);
        if (result_.validation.loss < state_.best_loss && (!folder_ || saved_ == state_.step)) {
            state_.best_loss = result_.validation.loss;
            state_.best_step = state_.step;
        }
        journal_.evaluation(report(), tokens_a_step() * state_.step);
        journal_.sample(state_.step, sample());
        if (state_.step == options_.steps) journal_.remark(doubt_generalisation(mean_loss(), result_.validation.loss));
        if (folder_) folder_->keep_best(state_);
        if (after_evaluation) after_evaluation(model_, state_.step);
    }

    train_result close(int bad_steps, double seconds) {
        result_.how = bad_steps >= 3 ? outcome::diverged : state_.step < options_.steps ? outcome::interrupted : outcome::finished;
        if (result_.how != outcome::diverged) save();
        if (folder_ && saved_ != state_.step && result_.how != outcome::diverged) result_.how = outcome::unsaved;
        result_.signal = stop_requested();
        result_.steps = state_.step;
        result_.last_loss = mean_loss();
        result_.best_loss = state_.best_loss;
        result_.best_step = state_.best_step;
        result_.seconds = seconds;
        if (!folder_) return result_;
        if (result_.how == outcome::diverged)
            journal_.remark("three updates in a row were not finite: stopped; the last checkpoint is kept (try a lower --lr)");
        if (result_.how == outcome::interrupted)
            journal_.say("stopped   after step " + std::to_string(state_.step) + "; the same command with --resume continues");
        if (result_.how == outcome::finished) folder_->publish(state_, parent);
        journal_.close();
        return result_;
    }

    // What the model writes now, after the first tokens of the validation split. It has random numbers of its own.
    std::string sample() const {
        std::vector<token> prompt(std::min<std::size_t>(8, data_.val.size()));
        data_.val.copy(0, prompt);
        generator<Model> writer(model_, prompt, {.temperature = 0.8});
        for (int i = 0; i < 60; ++i) writer.next();
        return data_.text.decode(writer.ids());
    }

    // Who is to blame for a step that is not finite.
    std::string blame(const step_result& step) const {
        const std::string name = first_non_finite(Device{}, learner_.parameters());
        return detail::sentence("loss %g, gradient norm %g, first in %s", step.loss, step.gradient_norm,
                                name.empty() ? "the loss" : name.c_str());
    }

    step_report report() const {
        const double left = static_cast<double>(options_.steps - state_.step);
        return {.step = state_.step, .steps = options_.steps, .loss = mean_loss(),
                .validation = result_.validation.tokens ? result_.validation.loss : -1, .lr = last_.lr,
                .gradient_norm = last_.gradient_norm,
                .tokens_per_second = static_cast<double>(tokens_a_step()) / seconds_a_step_,
                .seconds_left = left * seconds_a_step_};
    }

    double mean_loss() const {
        double sum = 0;
        for (const double loss : losses_) sum += loss;
        return losses_.empty() ? 0 : sum / static_cast<double>(losses_.size());
    }

    std::size_t tokens_a_step() const { return stepgpt::tokens_a_step(options_, model_.config); }

    static constexpr std::size_t window = 50;      // steps over which the training loss is averaged for show

    Model& model_;
    const data_folder& data_;
    train_options options_;
    learner<Model> learner_;
    loader batches_;
    std::optional<run_folder<Model>> folder_;
    std::optional<examples> questions_;            // what it is judged by, if that is not a plain text
    run_state state_;
    journal journal_;
    train_result result_;
    step_result last_;
    std::vector<double> losses_;                   // of the last `window` steps
    double seconds_a_step_ = 0;
    std::size_t timed_ = 0, saved_ = 0;            // steps that were; step of the newest checkpoint of this process
};

}  // namespace stepgpt
